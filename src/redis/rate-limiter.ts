import { RateLimiterRedis } from 'rate-limiter-flexible';
import {
  COUNTER_OPTIONS,
  memoryRateLimiter,
  type RateLimiter,
  SlidingWindowLimiter,
} from '../guards/rate-limit/limiter.js';
import type { RedisParts } from './parts.js';
import type { Vault } from './vault.js';

/**
 * Counts callers in Redis, and in this process while Redis fails, so that no operation is rejected because it cannot be
 * counted.
 */
export class RedisRateLimiter implements RateLimiter {
  readonly #parts: RedisParts;
  readonly #vault: Vault;
  readonly #shared: RateLimiter;
  readonly #fallback: RateLimiter;

  /** @param limit - operations that a caller may send within 60 seconds */
  constructor(parts: RedisParts, vault: Vault, limit: number) {
    this.#parts = parts;
    this.#vault = vault;
    const counter = new RateLimiterRedis({
      ...COUNTER_OPTIONS,
      storeClient: parts.redis,
      // The key of a caller has a prefix already.
      keyPrefix: '',
    });
    this.#shared = new SlidingWindowLimiter(counter, limit);
    this.#fallback = memoryRateLimiter(limit);
  }

  async count(caller: string): Promise<number | null> {
    const key = this.#vault.name('rate', caller);
    const waitMs = await this.#parts.availability.write('rate-limit', () => this.#shared.count(key));
    return waitMs === undefined ? this.#fallback.count(caller) : waitMs;
  }
}
