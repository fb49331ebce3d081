import { type FieldNode, GraphQLError, type GraphQLResolveInfo, locatedError } from 'graphql';
import type { JsonWriter } from '../json/json-writer.js';

/** JSON, or a promise of it where something had to be waited for. */
export type Text = string | Promise<string>;

/** Is thrown where a field has none of the values that it may have; its error is on record then. */
export const NULL_BUBBLED = Symbol('nulled');

/** What stays the same over all runs, of what resolvers are told. */
export type StaticInfo = Omit<GraphQLResolveInfo, 'path' | 'rootValue' | 'variableValues'>;

/** A place in what is being written where something is missing that has to be waited for. */
interface PendingChunk {
  readonly at: number;
  readonly text: Promise<string>;
}

/** The state of one execution of a compiled query. */
export class ExecutionState {
  readonly errors: GraphQLError[] = [];
  /**
   * Response path of the field that is being written. There is one path at a time: code that continues after a promise
   * first restores the path that it had.
   */
  path: (string | number)[] = [];
  /** Whether everything that has been taken from the writer is ASCII. */
  isAscii = true;
  readonly #pending: PendingChunk[] = [];

  /**
   * @param out - shared by all executions: each takes what it has written before it waits
   * @param variables - coerced
   */
  constructor(
    readonly out: JsonWriter,
    readonly rootValue: unknown,
    readonly context: unknown,
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
    if (error !== NULL_BUBBLED) this.errors.push(locatedError(error, nodes, [...this.path]));
  }

  get pendingCount(): number {
    return this.#pending.length;
  }

  /** Leaves a gap for what comes later. */
  insertPending(text: Promise<string>): void {
    this.#pending.push({ at: this.out.length, text });
  }

  /** Takes back what has been written since; whatever becomes of its gaps is of no use, and no error of the process. */
  truncate(length: number, gaps: number): void {
    for (const { text } of this.#pending.splice(gaps)) text.catch(() => undefined);
    this.out.backTo(length);
  }

  /** Takes what has been written since. */
  flushFrom(length: number, gaps: number): Text {
    const { out } = this;
    this.isAscii &&= out.isAscii;
    if (this.#pending.length === gaps) return out.take(length);
    const filled = this.#pending.splice(gaps);
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
  capture(write: () => void): Text {
    const { length } = this.out;
    const gaps = this.#pending.length;
    try {
      write();
    } catch (error) {
      this.truncate(length, gaps);
      throw error;
    }
    return this.flushFrom(length, gaps);
  }
}

/** Puts what comes into its gaps. A join would make one text of them, and so would whoever gets that as a part. */
function together(front: string, gaps: readonly PendingChunk[], behind: readonly string[]): Promise<string> {
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
