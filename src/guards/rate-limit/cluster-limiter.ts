import { RateLimiterCluster } from 'rate-limiter-flexible';
import { COUNTER_OPTIONS, memoryRateLimiter, type RateLimiter, SlidingWindowLimiter } from './limiter.js';

/** How long an operation waits for the count, in milliseconds. */
const COUNT_MS = 250;

/** Counts in the primary of `node:cluster`, so that all workers count together. */
export class ClusterRateLimiter implements RateLimiter {
  readonly #shared: RateLimiter;
  readonly #fallback: RateLimiter;

  /** @param limit - operations that a caller may send within 60 seconds */
  constructor(limit: number) {
    const counter = new RateLimiterCluster({
      ...COUNTER_OPTIONS,
      keyPrefix: 'operations',
      timeoutMs: COUNT_MS,
    });
    this.#shared = new SlidingWindowLimiter(counter, limit);
    this.#fallback = memoryRateLimiter(limit);
  }

  async count(caller: string): Promise<number | null> {
    try {
      return await this.#shared.count(caller);
    } catch {
      // No operation is rejected because it could not be counted.
      return this.#fallback.count(caller);
    }
  }
}
