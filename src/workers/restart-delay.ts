/** How long a worker has to run so that its end is not counted with the ones before, in milliseconds. */
const STABLE_MS = 60_000;
const FIRST_MS = 100;
const MAX_MS = 30_000;

/** Delays the restart of workers that end soon after their start, so that a fault at the start takes no whole core. */
export class RestartDelay {
  #failures = 0;

  /**
   * Returns how long to wait before another worker is started, in milliseconds: twice as long each time.
   *
   * @param livedMs - how long the worker has run that has ended
   */
  after(livedMs: number): number {
    if (livedMs >= STABLE_MS) this.#failures = 0;
    this.#failures += 1;
    return Math.min(FIRST_MS * 2 ** (this.#failures - 1), MAX_MS);
  }
}
