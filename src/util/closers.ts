/** Time limit for closing all parts together. */
const CLOSE_MS = 2000;

/** Closes parts in the reverse order of their creation, because each part may use those created before it. */
export class Closers {
  readonly #closers: (() => void | Promise<void>)[] = [];

  add(close: () => void | Promise<void>): void {
    this.#closers.push(close);
  }

  /**
   * Closes all parts, even if one of them fails. After two seconds the remaining parts are closed without awaiting
   * them, so that a peer that does not respond cannot keep the process alive.
   *
   * @throws the first error
   */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    const deadline = performance.now() + CLOSE_MS;
    for (const close of this.#closers.splice(0).reverse()) {
      try {
        await within(deadline - performance.now(), close());
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

async function within(ms: number, closing: void | Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('not closed in time')), ms);
  });
  try {
    await Promise.race([closing, late]);
  } finally {
    clearTimeout(timer);
  }
}
