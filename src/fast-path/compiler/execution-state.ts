import { type FieldNode, GraphQLError, type GraphQLResolveInfo, locatedError } from 'graphql';
import type { JsonWriter } from '../json/json-writer.js';

/** JSON, or a promise of JSON that has pending chunks. */
export type Text = string | Promise<string>;

/** Thrown for a non-null field that has no value. Its error has been recorded. */
export const NULL_BUBBLED = Symbol('nulled');

/** The part of a resolver's `info` that is the same for all executions. */
export type StaticInfo = Omit<GraphQLResolveInfo, 'path' | 'rootValue' | 'variableValues'>;

/** A position in the written JSON at which a chunk is missing that is not available yet. */
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

  /** The `info` of a resolver. */
  infoOf(info: StaticInfo): GraphQLResolveInfo {
    // Copied by property: spread syntax takes ten times as long.
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

  /** Records an error, unless it has been recorded where it was thrown. */
  record(error: unknown, nodes: readonly FieldNode[]): void {
    if (error !== NULL_BUBBLED) this.errors.push(locatedError(error, nodes, [...this.path]));
  }

  get pendingCount(): number {
    return this.#pending.length;
  }

  /** Marks a position at which a chunk is inserted later. */
  insertPending(text: Promise<string>): void {
    this.#pending.push({ at: this.out.length, text });
  }

  /** Removes what has been written since. Its pending chunks are not needed any more: their rejections are ignored. */
  truncate(length: number, pending: number): void {
    for (const { text } of this.#pending.splice(pending)) text.catch(() => undefined);
    this.out.backTo(length);
  }

  /** Returns what has been written since, and removes it from the writer. */
  flushFrom(length: number, pending: number): Text {
    const { out } = this;
    this.isAscii &&= out.isAscii;
    if (this.#pending.length === pending) return out.take(length);
    const chunks = this.#pending.splice(pending);
    const after: string[] = [];
    // From the end: the writer returns what is after a position.
    for (const { at } of chunks.toReversed()) after.unshift(out.take(at));
    return insertChunks(out.take(length), chunks, after);
  }

  /**
   * Returns what a function writes, and removes it from the writer.
   *
   * @throws what `write` throws; nothing remains written
   */
  capture(write: () => void): Text {
    const { length } = this.out;
    const pending = this.#pending.length;
    try {
      write();
    } catch (error) {
      this.truncate(length, pending);
      throw error;
    }
    return this.flushFrom(length, pending);
  }
}

/** Inserts chunks into what was written around them. Concatenation keeps the strings as ropes; a join would flatten them. */
function insertChunks(
  front: string,
  pending: readonly PendingChunk[],
  after: readonly string[],
): Promise<string> {
  const [only] = pending;
  // Most responses have one pending chunk.
  if (pending.length === 1 && only !== undefined) return only.text.then((text) => front + text + after[0]);
  return Promise.all(pending.map(({ text }) => text)).then((texts) => {
    let whole = front;
    for (const [index, text] of texts.entries()) whole += text + after[index];
    return whole;
  });
}

function pathOf(keys: readonly (string | number)[]): GraphQLResolveInfo['path'] {
  let path: GraphQLResolveInfo['path'] | undefined;
  for (const key of keys) path = { prev: path, key, typename: undefined };
  if (path === undefined) throw new GraphQLError('a field without a path');
  return path;
}
