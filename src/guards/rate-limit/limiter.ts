import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** How long operations of a caller are counted together, in seconds: from the first of them. */
export const WINDOW_SECONDS = 60;

/** Counts the operations of callers. */
export interface RateLimiter {
  /**
   * Counts an operation of a caller.
   *
   * @returns milliseconds until the caller's count begins anew, if the operation is over the limit; `null` if it is not
   */
  count(caller: string): Promise<number | null>;
  close(): void;
}

/** @param points - operations that a caller may send in a window */
export function memoryLimiter(points: number): RateLimiterMemory {
  return new RateLimiterMemory({ points, duration: WINDOW_SECONDS });
}

/**
 * @returns as `RateLimiter.count`
 * @throws {Error} if the limiter cannot count
 */
export async function countWith(limiter: RateLimiterAbstract, key: string): Promise<number | null> {
  try {
    await limiter.consume(key);
    return null;
  } catch (rejection) {
    if (rejection instanceof RateLimiterRes) return rejection.msBeforeNext;
    throw rejection;
  }
}

/** Counts in this process. */
export class MemoryRateLimiter implements RateLimiter {
  readonly #limiter: RateLimiterMemory;

  constructor(points: number) {
    this.#limiter = memoryLimiter(points);
  }

  count(caller: string): Promise<number | null> {
    return countWith(this.#limiter, caller);
  }

  close(): void {}
}
