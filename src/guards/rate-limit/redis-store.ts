import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { windowIndex } from './minute.js';
import { MemoryRateLimitStore, type RateLimitStore } from './store.js';

/** An operation waits no longer than this for the count, in milliseconds. */
const COMMAND_TIMEOUT_MS = 250;
const CONNECT_MS = 2000;
/** After a failure Redis is left alone for this long, or each operation would wait for it. In milliseconds. */
const PAUSE_MS = 5000;
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
    // After a failover the address may lead to the new primary; this connection stays with the old one.
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
  });
  const counter = new RedisRateLimitStore(redis, log);
  // The client goes on trying by itself; what cannot be counted in Redis is counted in this process.
  await connected(redis);
  return counter;
}

/** Resolves when Redis can be used, or after the time that a connection may take: a peer may accept and say nothing. */
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

/** Counts in Redis, and in this process while that is down: nobody is refused for want of a count. */
class RedisRateLimitStore implements RateLimitStore {
  readonly #redis: Redis;
  readonly #log: Logger;
  readonly #fallback = new MemoryRateLimitStore();
  #down = false;
  /** When the next count may be tried in Redis, on the clock of `performance.now()`. */
  #nextTry = 0;

  constructor(redis: Redis, log: Logger) {
    this.#redis = redis;
    this.#log = log;
    redis.on('error', (error) => this.#noteDown(error));
    redis.on('ready', () => {
      this.#nextTry = 0;
    });
  }

  async count(caller: string, now: number): Promise<number> {
    if (!this.#mayTry()) return this.#fallback.count(caller, now);
    const key = keyOf(caller, now);
    try {
      const results = await this.#redis.multi().incr(key).expire(key, KEY_TTL_SECONDS).exec();
      const [error, count] = results?.[0] ?? [];
      if (error) throw error;
      if (typeof count !== 'number') throw new Error('no count');
      this.#noteUp();
      return count;
    } catch (error) {
      this.#noteDown(error);
      return this.#fallback.count(caller, now);
    }
  }

  close(): void {
    this.#redis.disconnect();
  }

  /** While Redis is down one operation in five seconds finds out whether it is back; the others do not wait. */
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
    this.#log.warn({ reason: reasonOf(error) }, 'Redis does not count: each instance counts for itself');
  }

  #noteUp(): void {
    if (!this.#down) return;
    this.#down = false;
    this.#log.info('Redis counts again');
  }
}

/** Why Redis does not count. Messages can have the address or a value in them; codes cannot. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  // Inside MULTI the code of a refused command is in the errors before that of EXEC.
  const [cause = error] = 'previousErrors' in error ? (error.previousErrors as Error[]) : [];
  const code = 'code' in cause ? cause.code : /^[A-Z]{3,20}(?= )/.exec(cause.message)?.[0];
  return typeof code === 'string' ? code : 'no answer';
}

/** Names of callers can be long, and say who somebody is: what is shared only tells them apart. */
function keyOf(caller: string, now: number): string {
  const digest = createHash('sha256').update(caller).digest('base64url').slice(0, 22);
  return `wireless-gateway:operations:${windowIndex(now)}:${digest}`;
}
