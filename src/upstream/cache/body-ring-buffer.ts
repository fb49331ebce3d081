/** Reference of a stored body. */
export interface BodyRef {
  /** Number of bytes that were written before the body since the buffer was created. */
  readonly offset: number;
  readonly length: number;
}

/**
 * Fixed-size ring buffer of response bodies; the oldest bodies are overwritten. It is a single allocation outside the
 * young generation: bodies as individual strings or buffers were copied and traced by the garbage collector, which took
 * longer than decoding them.
 */
export class BodyRingBuffer {
  readonly #size: number;
  /** Allocated for the first body. The operating system commits its pages when they are written. */
  #memory: Buffer | null = null;
  #written = 0;

  /** @param size - capacity in bytes */
  constructor(size: number) {
    this.#size = size;
  }

  /**
   * Stores a body.
   *
   * @returns `null` for a body that would overwrite most of the others
   */
  put(body: Buffer): BodyRef | null {
    const { length } = body;
    if (length > this.#size / 2) return null;
    this.#memory ??= Buffer.allocUnsafeSlow(this.#size);
    const remaining = this.#size - (this.#written % this.#size);
    // A body is contiguous: if it does not fit at the end, it is stored at the start.
    const offset = this.#written + (length > remaining ? remaining : 0);
    body.copy(this.#memory, offset % this.#size);
    this.#written = offset + length;
    return { offset, length };
  }

  /**
   * Reads a body.
   *
   * @returns a copy, because its members may be decoded later, after the memory has been overwritten; `null` if that
   *   has happened already
   */
  read({ offset, length }: BodyRef): Buffer | null {
    if (this.#memory === null || this.#written - offset > this.#size) return null;
    const start = offset % this.#size;
    return Buffer.from(this.#memory.subarray(start, start + length));
  }
}
