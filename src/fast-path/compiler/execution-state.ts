import { type FieldNode, GraphQLError, type GraphQLResolveInfo, locatedError } from 'graphql';
import { JsonWriter } from '../json/json-writer.js';

/** JSON, or a promise of it where something had to be waited for. */
export type Text = string | Promise<string>;

/** Is thrown where a field has none of the values that it may have; its error is on record then. */
export const NULLED = Symbol('nulled');

/** What stays the same over all runs, of what resolvers are told. */
export type StaticInfo = Omit<GraphQLResolveInfo, 'path' | 'rootValue' | 'variableValues'>;

/** A place in what is being written where something is missing that has to be waited for. */
interface Gap {
  readonly at: number;
  readonly text: Promise<string>;
}

/** All runs write here: each takes what it has written before it waits for anything. */
const out = new JsonWriter();

/** One run of a compiled operation. */
export class Run {
  readonly out = out;
  readonly errors: GraphQLError[] = [];
  /**
   * Where in the answer the run is. It is one place at a time: whatever goes on behind a promise first puts the place
   * here that it had when it was left.
   */
  path: (string | number)[] = [];
  /** Whether all that has been taken is. */
  isAscii = true;
  readonly #gaps: Gap[] = [];

  constructor(
    readonly rootValue: unknown,
    readonly context: unknown,
    /** Coerced. */
    readonly variables: Readonly<Record<string, unknown>>,
  ) {}

  /** What a resolver is told of where it is asked. */
  infoOf(info: StaticInfo): GraphQLResolveInfo {
    // Written out: copying an object whole takes ten times as long.
    return {
      fieldName: info.fieldName,
      fieldNodes: info.fieldNodes,
      returnType: info.returnType,
      parentType: info.parentType,
      path: pathOf(this.path),
      schema: info.schema,
      fragments: info.fragments,
      rootValue: this.rootValue,
      operation: info.operation,
      variableValues: this.variables,
    };
  }

  /** Puts an error on record, unless it is one that is there already. */
  record(error: unknown, nodes: readonly FieldNode[]): void {
    if (error !== NULLED) this.errors.push(locatedError(error, nodes, [...this.path]));
  }

  get gaps(): number {
    return this.#gaps.length;
  }

  /** Leaves a gap for what comes later. */
  leaveGap(text: Promise<string>): void {
    this.#gaps.push({ at: out.length, text });
  }

  /** Takes back what has been written since; whatever becomes of its gaps is of no use, and no error of the process. */
  backTo(length: number, gaps: number): void {
    for (const { text } of this.#gaps.splice(gaps)) text.catch(() => undefined);
    out.backTo(length);
  }

  /** Takes what has been written since. */
  take(length: number, gaps: number): Text {
    this.isAscii &&= out.isAscii;
    if (this.#gaps.length === gaps) return out.take(length);
    const filled = this.#gaps.splice(gaps);
    const behind: string[] = [];
    // What has been written is taken from its end on.
    for (const { at } of filled.toReversed()) behind.unshift(out.take(at));
    return together(out.take(length), filled, behind);
  }

  /**
   * Has something written, and takes it.
   *
   * @throws what `write` throws; then nothing has been written
   */
  section(write: () => void): Text {
    const { length } = out;
    const gaps = this.#gaps.length;
    try {
      write();
    } catch (error) {
      this.backTo(length, gaps);
      throw error;
    }
    return this.take(length, gaps);
  }
}

/** Puts what comes into its gaps. A join would make one text of them, and so would whoever gets that as a part. */
function together(front: string, gaps: readonly Gap[], behind: readonly string[]): Promise<string> {
  const [gap] = gaps;
  // Nearly all have one, for which there is nothing to keep together.
  if (gaps.length === 1 && gap !== undefined) return gap.text.then((text) => front + text + behind[0]);
  return Promise.all(gaps.map(({ text }) => text)).then((texts) => {
    let whole = front;
    for (const [index, text] of texts.entries()) whole += text + behind[index];
    return whole;
  });
}

function pathOf(keys: readonly (string | number)[]): GraphQLResolveInfo['path'] {
  let path: GraphQLResolveInfo['path'] | undefined;
  for (const key of keys) path = { prev: path, key, typename: undefined };
  if (path === undefined) throw new GraphQLError('a field without a path');
  return path;
}
