/** How long all parts together may take to close, in milliseconds. */
const CLOSE_MS = 2000;

/** Closes what was opened, last opened first: each part may use those that were opened before it. */
export class Closers {
  readonly #closers: (() => void | Promise<void>)[] = [];

  add(close: () => void | Promise<void>): void {
    this.#closers.push(close);
  }

  /**
   * Closes every part, also after one of them has failed. After two seconds the others are closed without waiting for
   * them, so that a peer that has stopped responding cannot keep the process alive.
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
