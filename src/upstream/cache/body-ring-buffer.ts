/** Where a body is kept. */
export interface BodyRef {
  /** Bytes that had been written before it, since the beginning. */
  readonly at: number;
  readonly length: number;
}

/**
 * Keeps bodies in one piece of memory that is written round and round: the newest are there, the oldest are written
 * over. To the garbage collector all of it is one thing that never moves, where as many texts would be copied twice
 * each and then looked at for as long as they are kept, which took longer than all that was read from them.
 */
export class BodyRingBuffer {
  readonly #size: number;
  /** Taken when the first body comes; the system gives it page by page as it is written. */
  #memory: Buffer | null = null;
  #written = 0;

  /** @param size - bytes */
  constructor(size: number) {
    this.#size = size;
  }

  /** @returns `null` for a body that would push out most of the others */
  put(body: Buffer): BodyRef | null {
    const { length } = body;
    if (length > this.#size / 2) return null;
    this.#memory ??= Buffer.allocUnsafeSlow(this.#size);
    const left = this.#size - (this.#written % this.#size);
    // A body is never in two pieces.
    const at = this.#written + (length > left ? left : 0);
    body.copy(this.#memory, at % this.#size);
    this.#written = at + length;
    return { at, length };
  }

  /**
   * @returns a copy, since members of it may be read for as long as it is cached, and the memory here is written over;
   *   `null` when it has been already
   */
  read({ at, length }: BodyRef): Buffer | null {
    if (this.#memory === null || this.#written - at > this.#size) return null;
    const from = at % this.#size;
    return Buffer.from(this.#memory.subarray(from, from + length));
  }
}
