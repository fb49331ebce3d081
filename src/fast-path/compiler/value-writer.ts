import type { FieldNode } from 'graphql';
import { NULLED, type Run } from './execution-state.js';

/** Writes what a resolver has brought; throws where it cannot. @returns `false` for `null`, which it does not write */
export type Complete = (value: unknown, run: Run) => boolean;

/**
 * A place for one value in the answer: a field's, or an item's of a list. An error of what is put there ends here,
 * where the value may be null, and else goes on to the slot around it.
 *
 * Whoever fills it has put its key on the run's path, and takes it away again.
 */
export class Slot {
  readonly #mayBeNull: boolean;
  readonly #nodes: readonly FieldNode[];
  readonly #complete: Complete;

  /** @param nodes - fields to blame for an error */
  constructor(mayBeNull: boolean, nodes: readonly FieldNode[], complete: Complete) {
    this.#mayBeNull = mayBeNull;
    this.#nodes = nodes;
    this.#complete = complete;
  }

  /** Writes a value, or what a promise will bring. */
  put(value: unknown, run: Run): void {
    if (value instanceof Promise) {
      run.leaveGap(this.#later(value, run));
      return;
    }
    const { length } = run.out;
    const { gaps } = run;
    const depth = run.path.length;
    try {
      if (!this.#complete(value, run)) run.out.null();
    } catch (error) {
      // Whatever has thrown has left its place behind.
      run.path.length = depth;
      run.backTo(length, gaps);
      this.fail(error, run);
      return;
    }
    if (this.#mayBeNull && run.gaps > gaps) this.#enclose(length, gaps, run);
  }

  /** Writes `null` for what has failed, if that may be. */
  fail(error: unknown, run: Run): void {
    run.record(error, this.#nodes);
    if (!this.#mayBeNull) throw NULLED;
    run.out.null();
  }

  /** What is in a gap may turn out to make all of this null. */
  #enclose(length: number, gaps: number, run: Run): void {
    const text = Promise.resolve(run.take(length, gaps));
    run.leaveGap(
      text.catch((error: unknown) => {
        if (error !== NULLED) throw error;
        return 'null';
      }),
    );
  }

  async #later(promise: Promise<unknown>, run: Run): Promise<string> {
    const at = [...run.path];
    try {
      const value = await promise;
      run.path = [...at];
      const text = run.section(() => {
        if (!this.#complete(value, run)) run.out.null();
      });
      return typeof text === 'string' ? text : await text;
    } catch (error) {
      run.path = at;
      run.record(error, this.#nodes);
      if (this.#mayBeNull) return 'null';
      throw NULLED;
    }
  }
}
