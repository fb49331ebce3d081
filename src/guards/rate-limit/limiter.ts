import { type RateLimiterAbstract, RateLimiterMemory } from 'rate-limiter-flexible';
import { WINDOW_MS, waitFor, windowsAt } from './sliding-window.js';

/** A count is needed in its window and in the next one. */
const COUNT_SECONDS = (2 * WINDOW_MS) / 1000;

/** Counts the operations of callers. */
export interface RateLimiter {
  /**
   * Counts an operation of a caller, unless it is over the limit.
   *
   * @returns milliseconds until an operation is within the limit, if this one is over it; `null` if it is not
   */
  count(caller: string): Promise<number | null>;
}

/** Options of a counter of the package. It only counts: its own limit, which would reject, is not used. */
export const COUNTER_OPTIONS = { points: Number.MAX_SAFE_INTEGER, duration: COUNT_SECONDS } as const;

/** Limits by a sliding window over the counts of `rate-limiter-flexible`, in memory or in Redis. */
export class SlidingWindowLimiter implements RateLimiter {
  readonly #counter: RateLimiterAbstract;
  readonly #limit: number;

  /** @param limit - operations that a caller may send within 60 seconds */
  constructor(counter: RateLimiterAbstract, limit: number) {
    this.#counter = counter;
    this.#limit = limit;
  }

  /** @throws {Error} if the counter cannot count */
  async count(caller: string): Promise<number | null> {
    const { number, elapsedMs } = windowsAt(Date.now());
    const key = `${caller}:${number}`;
    const [present, last] = await Promise.all([
      this.#counter.penalty(key),
      this.#counter.get(`${caller}:${number - 1}`),
    ]);
    const waitMs = waitFor(this.#limit, last?.consumedPoints ?? 0, present.consumedPoints, elapsedMs);
    // Rejected operations do not count: a caller that goes on at the same rate is served at the limit.
    if (waitMs !== null) await this.#counter.reward(key);
    return waitMs;
  }
}

/** Counts in this process. */
export function memoryRateLimiter(limit: number): RateLimiter {
  return new SlidingWindowLimiter(new RateLimiterMemory(COUNTER_OPTIONS), limit);
}
