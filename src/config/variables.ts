import { cleanEnv, port, str } from 'envalid';
import { ConfigError } from './config-error.js';
import {
  cacheAge,
  count,
  httpUrl,
  jwksUrl,
  milliseconds,
  onOff,
  origins,
  redisUrl,
  staticTokens,
} from './validators.js';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** The environment, as a process has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

const KORE_TOKEN_URL = 'https://api.korewireless.com/api-services/v1/auth/token';

/**
 * Reads every variable by itself; what depends on several of them comes later. Empty ones count as not set.
 *
 * @throws {ConfigError}
 */
export function readVariables(env: Environment) {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  return cleanEnv(
    given,
    {
      UPSTREAM: str({ choices: ['twilio', 'kore', 'sandbox'], default: undefined }),
      UPSTREAM_URL: httpUrl({ default: undefined }),
      TWILIO_ACCOUNT_SID: str({ default: undefined }),
      TWILIO_AUTH_TOKEN: str({ default: undefined }),
      TWILIO_API_KEY: str({ default: undefined }),
      TWILIO_API_SECRET: str({ default: undefined }),
      KORE_CLIENT_ID: str({ default: undefined }),
      KORE_CLIENT_SECRET: str({ default: undefined }),
      KORE_TOKEN_URL: httpUrl({ default: KORE_TOKEN_URL }),
      HOST: str({ default: '127.0.0.1' }),
      PORT: port({ default: 4000 }),
      GATEWAY_AUTH: str({ choices: ['none', 'token', 'jwt'], default: undefined }),
      GATEWAY_TOKENS: staticTokens({ default: undefined }),
      JWT_JWKS_URL: jwksUrl({ default: undefined }),
      JWT_ISSUER: str({ default: undefined }),
      JWT_AUDIENCE: str({ default: undefined }),
      CORS_ORIGINS: origins({ default: [] }),
      OPERATION_TIMEOUT_MS: milliseconds({ default: 30_000 }),
      MAX_UPSTREAM_REQUESTS: count(1, 1_000_000)({ default: 500 }),
      MAX_IN_FLIGHT: count(1, 1_000_000)({ default: 1000 }),
      RATE_LIMIT: count(0, 1_000_000)({ default: 0 }),
      UPSTREAM_TIMEOUT_MS: milliseconds({ default: 10_000 }),
      UPSTREAM_CONCURRENCY: count(1, 1000)({ default: 20 }),
      CACHE_TTL_MS: cacheAge({ default: 2000 }),
      STALE_IF_ERROR_MS: cacheAge({ default: 60_000 }),
      REDIS_URL: redisUrl({ default: undefined }),
      PERSISTED_OPERATIONS: str({ default: undefined }),
      PERSISTED_OPERATIONS_ONLY: onOff({ default: false }),
      LOG_LEVEL: str({ choices: LOG_LEVELS, default: 'info' }),
      GRAPHIQL: onOff({ default: undefined }),
      FAST_PATH: onOff({ default: true }),
      INTROSPECTION: onOff({ default: true }),
    },
    {
      reporter: ({ errors }) => {
        const wrong = Object.entries(errors).map(([name, error]) => `${name}: ${error?.message}`);
        if (wrong.length > 0) throw new ConfigError(wrong.join('; '));
      },
    },
  );
}

export type Variables = ReturnType<typeof readVariables>;

/** @throws {ConfigError} when a variable is missing that another one is of no use without */
export function need(name: string, value: string | undefined, reason: string): string {
  if (value === undefined) throw new ConfigError(`${name}: expected, since ${reason}`);
  return value;
}
