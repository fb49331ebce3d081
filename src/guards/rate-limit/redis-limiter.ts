import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { type RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import { countWith, memoryLimiter, type RateLimiter, WINDOW_SECONDS } from './limiter.js';

/** How long an operation waits for the count, in milliseconds. */
const COMMAND_TIMEOUT_MS = 250;
const CONNECT_MS = 2000;
/** How long Redis is not used after a failure, in milliseconds: each operation would wait for it. */
const PAUSE_MS = 5000;

/**
 * Connects to the Redis in which all instances of a gateway count. The client is loaded on demand, because most gateways do
 * not need it.
 *
 * @param points - operations that a caller may send in a window
 */
export async function connectRedisRateLimiter(
  url: string,
  points: number,
  log: Logger,
): Promise<RateLimiter> {
  const { Redis } = await import('ioredis');
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    // After a failover the address may lead to the new primary; this connection stays with the old one. Redis 6 puts
    // the code of a script's error in the middle of the message.
    reconnectOnError: ({ message }) => message.includes('READONLY'),
  });
  const limiter = new RedisRateLimiter(redis, points, log);
  // The client reconnects by itself. Until then, operations are counted in this process.
  await connected(redis);
  return limiter;
}

/** Resolves when Redis is connected, or after the time limit of a connection: a peer may accept and not respond. */
function connected(redis: Redis): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, CONNECT_MS);
    redis
      .connect()
      .catch(() => undefined)
      .finally(() => {
        clearTimeout(timer);
        resolve();
      });
  });
}

/**
 * Counts in Redis, and in this process while Redis is down, so that an outage rejects no operation. The package's own
 * `insuranceLimiter` would try Redis for each operation, wait while it hangs, and not report the error.
 */
class RedisRateLimiter implements RateLimiter {
  readonly #redis: Redis;
  readonly #log: Logger;
  readonly #shared: RateLimiterRedis;
  readonly #fallback: RateLimiterMemory;
  #down = false;
  /** When the next count may be tried in Redis, on the clock of `performance.now()`. */
  #nextTry = 0;

  constructor(redis: Redis, points: number, log: Logger) {
    this.#redis = redis;
    this.#log = log;
    this.#shared = new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: 'wireless-gateway:operations',
      points,
      duration: WINDOW_SECONDS,
    });
    this.#fallback = memoryLimiter(points);
    redis.on('error', (error) => this.#noteDown(error));
    redis.on('ready', () => {
      this.#nextTry = 0;
    });
  }

  async count(caller: string): Promise<number | null> {
    if (!this.#mayTry()) return countWith(this.#fallback, caller);
    try {
      const waitMs = await countWith(this.#shared, keyOf(caller));
      this.#noteUp();
      return waitMs;
    } catch (error) {
      this.#noteDown(error);
      return countWith(this.#fallback, caller);
    }
  }

  close(): void {
    this.#redis.disconnect();
  }

  /** While Redis is down, one operation in five seconds tries it; the others do not wait. */
  #mayTry(): boolean {
    if (!this.#down) return true;
    if (performance.now() < this.#nextTry) return false;
    this.#pause();
    return true;
  }

  #pause(): void {
    this.#nextTry = performance.now() + PAUSE_MS;
  }

  /** Logs once an outage. */
  #noteDown(error: unknown): void {
    if (this.#down) return;
    this.#down = true;
    this.#pause();
    this.#log.warn(
      { reason: reasonOf(error) },
      'Redis unavailable: each instance counts operations by itself',
    );
  }

  #noteUp(): void {
    if (!this.#down) return;
    this.#down = false;
    this.#log.info('Redis available again');
  }
}

/** Why Redis is not available, as an error code. Messages can contain the address or a value. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const code = 'code' in error ? error.code : /^[A-Z]{3,20}(?= )/.exec(error.message)?.[0];
  return typeof code === 'string' ? code : 'no answer';
}

/** Key of a caller. Names can be long and personal, so only a digest is shared. */
function keyOf(caller: string): string {
  return createHash('sha256').update(caller).digest('base64url').slice(0, 22);
}
