import { type AuthConfig, readAuthConfig } from './auth.js';
import { type PersistedOperations, readPersistedOperations } from './persisted-operations.js';
import { type RemoteUpstream, readUpstream } from './upstream.js';
import { type Environment, type LOG_LEVELS, readVariables } from './variables.js';

export type { AuthConfig } from './auth.js';
export { ConfigError } from './config-error.js';
export type { RemoteUpstream } from './upstream.js';

/** What an operator decides about the gateway (contract 3). */
export interface Config {
  /** `null`: the gateway starts a sandbox of its own. */
  readonly upstream: RemoteUpstream | null;
  readonly host: string;
  readonly port: number;
  readonly auth: AuthConfig;
  readonly corsOrigins: readonly string[];
  readonly operationTimeoutMs: number;
  /** What one operation may cost at its worst, in upstream requests. */
  readonly maxUpstreamRequests: number;
  /** Operations in flight and waiting, at most. */
  readonly maxInFlight: number;
  /** Operations of one caller in a minute, at most; 0: any number. */
  readonly rateLimit: number;
  readonly upstreamTimeoutMs: number;
  readonly upstreamConcurrency: number;
  readonly cacheTtlMs: number;
  readonly staleIfErrorMs: number;
  /** `null`: nothing is shared between instances. */
  readonly redisUrl: string | null;
  readonly persistedOperations: PersistedOperations | null;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly graphiql: boolean;
  /** Whether operations may be executed by compiled code; off: by Yoga and graphql-js alone, with the same responses. */
  readonly fastPath: boolean;
  readonly introspection: boolean;
}

/**
 * Reads the configuration from environment variables (contract 3). Empty ones count as not set.
 *
 * @throws {ConfigError}
 */
export function readConfig(env: Environment): Config {
  const variables = readVariables(env);
  const upstream = readUpstream(variables);
  const access = readAuthConfig(variables, upstream);
  return {
    upstream,
    host: variables.HOST,
    port: variables.PORT,
    auth: access,
    corsOrigins: variables.CORS_ORIGINS,
    operationTimeoutMs: variables.OPERATION_TIMEOUT_MS,
    maxUpstreamRequests: variables.MAX_UPSTREAM_REQUESTS,
    maxInFlight: variables.MAX_IN_FLIGHT,
    rateLimit: variables.RATE_LIMIT,
    upstreamTimeoutMs: variables.UPSTREAM_TIMEOUT_MS,
    upstreamConcurrency: variables.UPSTREAM_CONCURRENCY,
    cacheTtlMs: variables.CACHE_TTL_MS,
    staleIfErrorMs: variables.STALE_IF_ERROR_MS,
    redisUrl: variables.REDIS_URL ?? null,
    persistedOperations: readPersistedOperations(variables),
    logLevel: variables.LOG_LEVEL,
    graphiql: variables.GRAPHIQL ?? access.kind === 'none',
    fastPath: variables.FAST_PATH,
    introspection: variables.INTROSPECTION,
  };
}
