import { windowIndex } from './minute.js';

/** Counts what callers do. */
export interface RateLimitStore {
  /**
   * @param now - milliseconds since 1970
   * @returns how often this caller has been counted in that minute, this time included
   */
  count(caller: string, now: number): number | Promise<number>;
  close(): void;
}

/** Counts in this process. Holds the callers of one minute. */
export class MemoryRateLimitStore implements RateLimitStore {
  #minute = 0;
  #counts = new Map<string, number>();

  count(caller: string, now: number): number {
    const minute = windowIndex(now);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#counts = new Map();
    }
    const count = (this.#counts.get(caller) ?? 0) + 1;
    this.#counts.set(caller, count);
    return count;
  }

  close(): void {
    this.#counts.clear();
  }
}
