import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { windowIndex } from './minute.js';
import { MemoryRateLimitStore, type RateLimitStore } from './store.js';

/** An operation waits no longer than this for the count, in milliseconds. */
const COMMAND_TIMEOUT_MS = 250;
const CONNECT_MS = 2000;
/** A count is of no use when its minute is over; the second one is for clocks that differ. */
const KEY_TTL_SECONDS = 120;

/**
 * Connects to the Redis that the instances of a gateway count in together. The client is only loaded here: most
 * gateways need none.
 */
export async function connectRedisRateLimitStore(url: string, log: Logger): Promise<RateLimitStore> {
  const { Redis } = await import('ioredis');
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
  });
  const counter = new RedisRateLimitStore(redis, log);
  // It goes on trying by itself; what cannot be counted there is counted here meanwhile.
  await redis.connect().catch(() => undefined);
  return counter;
}

/** Counts in Redis, and in this process while that is down: nobody is refused for want of a count. */
class RedisRateLimitStore implements RateLimitStore {
  readonly #redis: Redis;
  readonly #log: Logger;
  readonly #fallback = new MemoryRateLimitStore();
  #down = false;

  constructor(redis: Redis, log: Logger) {
    this.#redis = redis;
    this.#log = log;
    // Its messages can have the address in them; that it is down shows with the next count.
    redis.on('error', () => this.#noteDown());
    redis.on('ready', () => {
      this.#down = false;
    });
  }

  async count(caller: string, now: number): Promise<number> {
    const key = keyOf(caller, now);
    try {
      const results = await this.#redis.multi().incr(key).expire(key, KEY_TTL_SECONDS).exec();
      const [error, count] = results?.[0] ?? [];
      if (error || typeof count !== 'number') throw new Error('no count');
      return count;
    } catch {
      this.#noteDown();
      return this.#fallback.count(caller, now);
    }
  }

  close(): void {
    this.#redis.disconnect();
  }

  /** Once an outage: it is not for every operation to say so. */
  #noteDown(): void {
    if (this.#down) return;
    this.#down = true;
    this.#log.warn('Redis does not answer: each instance counts for itself');
  }
}

/** Names of callers can be long, and say who somebody is: what is shared only tells them apart. */
function keyOf(caller: string, now: number): string {
  const digest = createHash('sha256').update(caller).digest('base64url').slice(0, 22);
  return `wireless-gateway:operations:${windowIndex(now)}:${digest}`;
}
