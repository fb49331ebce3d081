import type { FieldNode } from 'graphql';
import { type ExecutionState, NULL_BUBBLED } from './execution-state.js';

/** Completes and writes the value of a resolver. @returns `false` for `null`, which it does not write. @throws for an invalid value */
export type Complete = (value: unknown, run: ExecutionState) => boolean;

/**
 * Writes one value of the response: of a field, or of a list item. If the value is nullable, an error becomes `null` here;
 * else it propagates to the parent (GraphQL, 6.4.4).
 *
 * The caller has pushed the response key to the path, and pops it.
 */
export class ValueWriter {
  readonly #isNullable: boolean;
  readonly #nodes: readonly FieldNode[];
  readonly #complete: Complete;

  /** @param nodes - nodes of the field, for the locations of errors */
  constructor(isNullable: boolean, nodes: readonly FieldNode[], complete: Complete) {
    this.#isNullable = isNullable;
    this.#nodes = nodes;
    this.#complete = complete;
  }

  /** Writes a value. For a promise, a pending chunk is inserted. */
  write(value: unknown, run: ExecutionState): void {
    if (value instanceof Promise) {
      run.insertPending(this.#writeAsync(value, run));
      return;
    }
    const { length } = run.out;
    const { pendingCount: pending } = run;
    const depth = run.path.length;
    try {
      if (!this.#complete(value, run)) run.out.null();
    } catch (error) {
      // The path is that of the field that threw.
      run.path.length = depth;
      run.truncate(length, pending);
      this.writeError(error, run);
      return;
    }
    if (this.#isNullable && run.pendingCount > pending) this.#bufferNullable(length, pending, run);
  }

  /** Writes `null` for a failed value. @throws {NULL_BUBBLED} if the value is not nullable */
  writeError(error: unknown, run: ExecutionState): void {
    run.record(error, this.#nodes);
    if (!this.#isNullable) throw NULL_BUBBLED;
    run.out.null();
  }

  /** Buffers a nullable value with pending chunks: an error in one of them may make all of it null. */
  #bufferNullable(length: number, pending: number, run: ExecutionState): void {
    const text = Promise.resolve(run.flushFrom(length, pending));
    run.insertPending(
      text.catch((error: unknown) => {
        if (error !== NULL_BUBBLED) throw error;
        return 'null';
      }),
    );
  }

  async #writeAsync(promise: Promise<unknown>, run: ExecutionState): Promise<string> {
    const at = [...run.path];
    try {
      const value = await promise;
      run.path = [...at];
      const text = run.capture(() => {
        if (!this.#complete(value, run)) run.out.null();
      });
      return typeof text === 'string' ? text : await text;
    } catch (error) {
      run.path = at;
      run.record(error, this.#nodes);
      if (this.#isNullable) return 'null';
      throw NULL_BUBBLED;
    }
  }
}
