import { randomBytes } from 'node:crypto';
import type { RedisAddress } from '../config/index.js';
import type { DocumentStore } from '../graphql/plugins/document-store.js';
import type { RateLimiter } from '../guards/rate-limit/limiter.js';
import type { RedisObserver, RedisState } from '../observability/metrics/redis.js';
import type { SharedState } from '../upstream/shared/shared-state.js';
import type { Clock } from '../util/clock.js';
import { Availability, type AvailabilityParts } from './availability.js';
import { CONNECT_MS, createClient } from './client.js';
import { RedisDocuments } from './documents.js';
import { type PageAges, RedisPages } from './pages.js';
import type { RedisParts } from './parts.js';
import { PollChannels, RedisPolls } from './polls.js';
import { RedisRateLimiter } from './rate-limiter.js';
import { withScripts } from './scripts.js';
import { RedisSlots, type SlotSettings } from './slots.js';
import { RedisTokens } from './tokens.js';
import { Vault } from './vault.js';

/** Life of the probe's key in milliseconds. */
const PROBE_LIFE_MS = 1000;

/** An account of the upstream. */
export interface SharedAccount extends PageAges, SlotSettings {
  /** Identifies the account: requests with the same name get the same responses. */
  readonly name: string;
  /** Credential of the account, from which keys are derived. */
  readonly secret: string;
}

/** The Redis that the instances of a gateway share. */
export interface SharedRedis {
  state(): RedisState;
  /** What the clients of an account share. */
  account(account: SharedAccount): SharedState;
  rateLimiter(limit: number): RateLimiter;
  documents(): DocumentStore;
  close(): Promise<void>;
}

export interface RedisOptions {
  readonly address: RedisAddress;
  /** A credential that all instances have, from which keys are derived. */
  readonly secret: Uint8Array;
  readonly clock: Clock;
  readonly log: AvailabilityParts['log'];
  readonly observe: (state: () => RedisState) => RedisObserver;
}

/**
 * Connects to Redis. Resolves also if it cannot be reached: it is used from when it can be.
 */
export async function connectRedis({
  address,
  secret,
  clock,
  log,
  observe,
}: RedisOptions): Promise<SharedRedis> {
  const redis = withScripts(createClient(address));
  const vault = new Vault(secret);
  const instance = randomBytes(9).toString('base64url');
  const probeKey = vault.name('probe', instance);
  const observer = observe(() => availability.state);
  const availability: Availability = new Availability({
    clock,
    log,
    observer,
    probe: () => redis.set(probeKey, '', 'PX', PROBE_LIFE_MS),
    reconnect: () => redis.disconnect(true),
  });
  redis.on('error', (error: unknown) => availability.disconnected(error));
  redis.on('close', () => availability.disconnected(null));
  redis.on('ready', () => availability.connected());
  await connected(redis);
  if (redis.status !== 'ready') availability.disconnected(null);
  const parts: RedisParts = { redis, availability, clock, instance };
  const channels = new PollChannels(() => createClient(address));
  let pools = 0;
  return {
    state: () => availability.state,
    account({ name, secret: accountSecret, ...settings }) {
      const own = new Vault(accountSecret);
      pools += 1;
      const pool = new RedisSlots(parts, own.name('slots', name), settings, pools);
      return {
        pages: settings.cacheTtlMs === 0 ? null : new RedisPages(parts, own, name, settings),
        slots: pool,
        tokens: new RedisTokens(parts, own, name),
        // The news of a poll is worth something only if its pages are shared.
        polls: settings.cacheTtlMs === 0 ? null : new RedisPolls(parts, channels, own, name),
        close: () => pool.close(),
      };
    },
    rateLimiter: (limit) => new RedisRateLimiter(parts, vault, limit),
    documents: () => new RedisDocuments(parts, vault),
    async close() {
      availability.close();
      channels.close();
      redis.disconnect();
    },
  };
}

/** Resolves when Redis is connected, or after the time limit of a connection: a peer may accept and not respond. */
function connected(redis: Pick<ReturnType<typeof createClient>, 'connect'>): Promise<void> {
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
