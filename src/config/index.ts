import { availableParallelism } from 'node:os';
import type { ProxySettings } from '../upstream/http/dispatcher.js';
import { type AccountConfig, ONLY_ACCOUNT, readAccounts } from './accounts.js';
import { type AuthConfig, readAuthConfig } from './auth.js';
import type { CallbackHost } from './callback-hosts.js';
import { ConfigError } from './config-error.js';
import type { Environment } from './environment.js';
import { type OpenTelemetryConfig, readOpenTelemetry } from './open-telemetry.js';
import { type PersistedOperations, readPersistedOperations } from './persisted-operations.js';
import { readProxy } from './proxy.js';
import type { RedisAddress } from './redis-url.js';
import { secretPaths } from './secrets.js';
import { readUpstream } from './upstream.js';
import {
  type COMPRESSION_MODES,
  type LOG_FORMATS,
  type LOG_LEVELS,
  need,
  readVariables,
  type Variables,
} from './variables.js';

export { type AccountConfig, ONLY_ACCOUNT } from './accounts.js';
export type { AuthConfig } from './auth.js';
export { ConfigError } from './config-error.js';
export type { Exporter, OpenTelemetryConfig } from './open-telemetry.js';
export type { RedisAddress } from './redis-url.js';
export type { RemoteUpstream } from './upstream.js';

/** Address of the endpoints for operators. */
interface InternalAddress {
  readonly host: string;
  readonly port: number;
}

/** Configuration of the gateway. */
export interface Config {
  /** Upstream accounts; `null`: the gateway starts the embedded sandbox. */
  readonly accounts: readonly AccountConfig[] | null;
  /** Secrets that sign cursors: the first signs, each verifies; `null`: derived from the upstream credentials. */
  readonly cursorSecrets: readonly string[] | null;
  /** Paths of the files that the configuration was read from, apart from the manifest of persisted operations. */
  readonly files: readonly string[];
  /** Number of SIMs in the embedded sandbox; `null`: the default of the sandbox. */
  readonly fleet: number | null;
  readonly host: string;
  readonly port: number;
  /** Address of the endpoints for operators; `null`: they are served with the operations. */
  readonly internal: InternalAddress | null;
  readonly auth: AuthConfig;
  readonly corsOrigins: readonly string[];
  /** Whether responses to clients are compressed. */
  readonly compression: boolean;
  readonly operationTimeoutMs: number;
  /** Maximum cost estimate of one operation, in upstream requests. */
  readonly maxUpstreamRequests: number;
  /** Maximum number of operations in flight. */
  readonly maxInFlight: number;
  /** Maximum number of operations of one caller in a minute; 0: no limit. */
  readonly rateLimit: number;
  /** How many proxies in front are believed in `X-Forwarded-For`. */
  readonly trustProxy: number;
  /** How long operations are still accepted after the stop signal, while `/ready` is 503; 0: for a moment. */
  readonly drainDelayMs: number;
  /** How long operations in flight may take after that. */
  readonly shutdownGraceMs: number;
  readonly upstreamTimeoutMs: number;
  /** Maximum number of upstream requests in flight, of all workers together. */
  readonly upstreamConcurrency: number;
  /** Number of processes that serve operations; 1: there is one process. */
  readonly workers: number;
  /** Proxies to the upstream, its token endpoint and the JWKS endpoint; `null`: none. */
  readonly proxy: ProxySettings | null;
  /** Whether upstream requests accept compressed responses; `auto`: unless the upstream is on loopback. */
  readonly upstreamCompression: (typeof COMPRESSION_MODES)[number];
  readonly cacheTtlMs: number;
  readonly staleIfErrorMs: number;
  /** How often a watched list is polled, as a base, in milliseconds. */
  readonly livePollMs: number;
  /** Maximum number of subscriptions; 0: none are served. */
  readonly maxSubscriptions: number;
  /** Routers to which the events of subscriptions may be sent by HTTP callbacks; empty: none are sent. */
  readonly liveCallbackHosts: readonly CallbackHost[];
  /** The Redis by which instances share state; `null`: they share none. */
  readonly redis: RedisAddress | null;
  readonly persistedOperations: PersistedOperations | null;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Share of the operations without errors that are logged. */
  readonly logSample: number;
  /** `null`: text on a terminal, else JSON. */
  readonly logFormat: (typeof LOG_FORMATS)[number] | null;
  readonly graphiql: boolean;
  /** Whether the fast path is enabled. */
  readonly fastPath: boolean;
  readonly introspection: boolean;
  /** `null`: neither traces nor metrics are exported. */
  readonly openTelemetry: OpenTelemetryConfig | null;
}

/**
 * Reads the configuration from environment variables. Empty variables count as not set.
 *
 * @throws {ConfigError}
 */
export function readConfig(env: Environment): Config {
  const variables = readVariables(env);
  const file = readAccounts(variables, env);
  const upstream = file === null ? readUpstream(variables) : null;
  const access = readAuthConfig(variables, upstream, file?.accounts ?? null);
  const concurrency = variables.UPSTREAM_CONCURRENCY;
  return {
    accounts: file?.accounts ?? (upstream && [{ name: ONLY_ACCOUNT, upstream, concurrency }]),
    cursorSecrets: variables.CURSOR_SECRETS ?? null,
    files: [...secretPaths(env), ...(file?.files ?? [])],
    fleet: variables.FLEET ?? null,
    host: variables.HOST,
    port: variables.PORT,
    internal: readInternal(variables),
    auth: access,
    corsOrigins: variables.CORS_ORIGINS,
    compression: variables.COMPRESSION,
    operationTimeoutMs: variables.OPERATION_TIMEOUT_MS,
    maxUpstreamRequests: variables.MAX_UPSTREAM_REQUESTS,
    maxInFlight: variables.MAX_IN_FLIGHT,
    rateLimit: variables.RATE_LIMIT,
    trustProxy: variables.TRUST_PROXY,
    drainDelayMs: variables.DRAIN_DELAY_MS,
    shutdownGraceMs: variables.SHUTDOWN_GRACE_MS,
    upstreamTimeoutMs: variables.UPSTREAM_TIMEOUT_MS,
    upstreamConcurrency: variables.UPSTREAM_CONCURRENCY,
    workers: readWorkers(variables, file?.accounts ?? []),
    proxy: readProxy(variables),
    upstreamCompression: variables.UPSTREAM_COMPRESSION,
    cacheTtlMs: variables.CACHE_TTL_MS,
    staleIfErrorMs: variables.STALE_IF_ERROR_MS,
    livePollMs: variables.LIVE_POLL_MS,
    maxSubscriptions: variables.MAX_SUBSCRIPTIONS,
    liveCallbackHosts: variables.LIVE_CALLBACK_HOSTS,
    redis: variables.REDIS_URL ?? null,
    persistedOperations: readPersistedOperations(variables),
    logLevel: variables.LOG_LEVEL,
    logSample: variables.LOG_SAMPLE,
    logFormat: variables.LOG_FORMAT ?? null,
    graphiql: variables.GRAPHIQL ?? access.kind === 'none',
    fastPath: variables.FAST_PATH,
    introspection: variables.INTROSPECTION,
    openTelemetry: readOpenTelemetry(variables),
  };
}

/** @throws {ConfigError} for a host without a port, and for the address of operations */
function readInternal({ HOST, PORT, INTERNAL_HOST, INTERNAL_PORT }: Variables): InternalAddress | null {
  if (INTERNAL_PORT === undefined) {
    if (INTERNAL_HOST !== undefined) need('INTERNAL_PORT', INTERNAL_PORT, 'INTERNAL_HOST is set');
    return null;
  }
  const host = INTERNAL_HOST ?? HOST;
  if (host === HOST && INTERNAL_PORT === PORT) {
    throw new ConfigError(`INTERNAL_PORT: expected another port than PORT, which is ${PORT}`);
  }
  return { host, port: INTERNAL_PORT };
}

/** @throws {ConfigError} if a worker would have no upstream request */
function readWorkers(
  { WORKERS, UPSTREAM_CONCURRENCY }: Variables,
  accounts: readonly AccountConfig[],
): number {
  const fewest = Math.min(UPSTREAM_CONCURRENCY, ...accounts.map(({ concurrency }) => concurrency));
  if (WORKERS === 'auto') return Math.min(availableParallelism(), fewest);
  if (WORKERS <= fewest) return WORKERS;
  throw new ConfigError(
    `WORKERS: expected at most the concurrency of each upstream account, which is ${fewest}`,
  );
}
