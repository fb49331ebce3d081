import { cleanEnv, port, str } from 'envalid';
import { ConfigError } from './config-error.js';
import type { Environment } from './environment.js';
import { fileVariable, readSecretFiles } from './secrets.js';
import {
  cacheAge,
  callbackHosts,
  count,
  credential,
  cursorSecrets,
  drainDelay,
  httpUrl,
  jwksUrl,
  list,
  listenHost,
  MAX_CONCURRENCY,
  milliseconds,
  onOff,
  origins,
  otlpProtocol,
  propagators,
  proxyUrl,
  ratio,
  redisUrl,
  staticTokens,
  workers,
} from './validators.js';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export const LOG_FORMATS = ['json', 'text'] as const;

export const COMPRESSION_MODES = ['auto', 'on', 'off'] as const;

const EXPORTERS = ['otlp', 'console', 'none'] as const;

/** Those of the OpenTelemetry SDK. */
const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** All variables with their validators and defaults. */
const VARIABLES = {
  UPSTREAM: str({ choices: ['twilio', 'kore', 'sandbox'], default: undefined }),
  UPSTREAM_URL: httpUrl({ default: undefined }),
  FLEET: count(1, 20_000)({ default: undefined }),
  TWILIO_ACCOUNT_SID: credential({ default: undefined }),
  TWILIO_AUTH_TOKEN: credential({ default: undefined }),
  TWILIO_API_KEY: credential({ default: undefined }),
  TWILIO_API_SECRET: credential({ default: undefined }),
  KORE_CLIENT_ID: credential({ default: undefined }),
  KORE_CLIENT_SECRET: credential({ default: undefined }),
  KORE_TOKEN_URL: httpUrl({ default: undefined }),
  UPSTREAM_ACCOUNTS: str({ default: undefined }),
  CURSOR_SECRETS: cursorSecrets({ default: undefined }),
  HOST: listenHost({ default: '127.0.0.1' }),
  PORT: port({ default: 4000 }),
  INTERNAL_HOST: listenHost({ default: undefined }),
  INTERNAL_PORT: port({ default: undefined }),
  WORKERS: workers({ default: 1 }),
  GATEWAY_AUTH: str({ choices: ['none', 'token', 'jwt'], default: undefined }),
  GATEWAY_TOKENS: staticTokens({ default: undefined }),
  JWT_JWKS_URL: jwksUrl({ default: undefined }),
  JWT_ISSUER: list({ default: undefined }),
  JWT_AUDIENCE: list({ default: undefined }),
  JWT_ACCOUNT_CLAIM: str({ default: 'account' }),
  CORS_ORIGINS: origins({ default: [] }),
  COMPRESSION: onOff({ default: true }),
  OPERATION_TIMEOUT_MS: milliseconds({ default: 30_000 }),
  MAX_UPSTREAM_REQUESTS: count(1, 1_000_000)({ default: 500 }),
  MAX_IN_FLIGHT: count(1, 1_000_000)({ default: 1000 }),
  RATE_LIMIT: count(0, 1_000_000)({ default: 0 }),
  TRUST_PROXY: count(0, 32)({ default: 0 }),
  DRAIN_DELAY_MS: drainDelay({ default: 0 }),
  SHUTDOWN_GRACE_MS: milliseconds({ default: 10_000 }),
  UPSTREAM_TIMEOUT_MS: milliseconds({ default: 10_000 }),
  UPSTREAM_CONCURRENCY: count(1, MAX_CONCURRENCY)({ default: 20 }),
  HTTPS_PROXY: proxyUrl({ default: undefined }),
  HTTP_PROXY: proxyUrl({ default: undefined }),
  NO_PROXY: str({ default: '' }),
  UPSTREAM_COMPRESSION: str({ choices: COMPRESSION_MODES, default: 'auto' }),
  CACHE_TTL_MS: cacheAge({ default: 2000 }),
  LIVE_POLL_MS: milliseconds({ default: 10_000 }),
  MAX_SUBSCRIPTIONS: count(0, 1_000_000)({ default: 10_000 }),
  LIVE_CALLBACK_HOSTS: callbackHosts({ default: [] }),
  STALE_IF_ERROR_MS: cacheAge({ default: 60_000 }),
  REDIS_URL: redisUrl({ default: undefined }),
  PERSISTED_OPERATIONS: str({ default: undefined }),
  PERSISTED_OPERATIONS_ONLY: onOff({ default: false }),
  LOG_SAMPLE: ratio({ default: 1 }),
  LOG_FORMAT: str({ choices: LOG_FORMATS, default: undefined }),
  LOG_LEVEL: str({ choices: LOG_LEVELS, default: 'info' }),
  GRAPHIQL: onOff({ default: undefined }),
  FAST_PATH: onOff({ default: true }),
  INTROSPECTION: onOff({ default: true }),
  OTEL_SDK_DISABLED: onOff({ default: false }),
  OTEL_TRACES_EXPORTER: str({ choices: EXPORTERS, default: undefined }),
  OTEL_METRICS_EXPORTER: str({ choices: EXPORTERS, default: undefined }),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl({ default: undefined }),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: httpUrl({ default: undefined }),
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: httpUrl({ default: undefined }),
  OTEL_EXPORTER_OTLP_PROTOCOL: otlpProtocol({ default: undefined }),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: otlpProtocol({ default: undefined }),
  OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: otlpProtocol({ default: undefined }),
  // Prometheus counters start with the process and are never reset by an export.
  OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: str({ choices: ['cumulative'], default: 'cumulative' }),
  OTEL_METRIC_EXPORT_INTERVAL: milliseconds({ default: 60_000 }),
  OTEL_METRIC_EXPORT_TIMEOUT: milliseconds({ default: 30_000 }),
  OTEL_TRACES_SAMPLER: str({ choices: SAMPLERS, default: undefined }),
  OTEL_TRACES_SAMPLER_ARG: ratio({ default: undefined }),
  OTEL_PROPAGATORS: propagators({ default: ['tracecontext'] }),
  UPSTREAM_TRACEPARENT: onOff({ default: false }),
  TRACE_DOCUMENTS: onOff({ default: false }),
};

/** Names of all variables, without those that have the path of a secret. */
export const VARIABLE_NAMES: readonly string[] = Object.keys(VARIABLES);

/**
 * Validates each variable separately. White space around a value is removed, because secrets are often read from files
 * with a trailing newline. Empty variables count as not set. Secrets that are given as files are read at each call.
 *
 * @throws {ConfigError} for all invalid variables
 */
export function readVariables(env: Environment) {
  const textOf = (name: string) => textIn(env, name);
  const { values: secrets, problems: unreadable } = readSecretFiles(textOf);
  const given: Record<string, string> = {};
  const problems = [...unreadable];
  const sourceOf = (name: string) => (secrets.has(name) ? fileVariable(name) : name);
  for (const name of VARIABLE_NAMES) {
    const value = secrets.get(name) ?? textOf(name);
    if (/\p{Cc}/u.test(value))
      problems.push(`${sourceOf(name)}: expected one line without control characters`);
    else if (value !== '') given[name] = value;
  }
  return cleanEnv(given, VARIABLES, {
    reporter: ({ errors }) => {
      problems.push(...Object.entries(errors).map(([name, error]) => `${sourceOf(name)}: ${error?.message}`));
      if (problems.length > 0) throw new ConfigError(problems.join('; '));
    },
  });
}

/** Variables that other programs read, too, in lower case first. */
const IN_LOWER_CASE: ReadonlySet<string> = new Set(['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY']);

function textIn(env: Environment, name: string): string {
  const lower = IN_LOWER_CASE.has(name) ? (env[name.toLowerCase()] ?? '').trim() : '';
  return lower === '' ? (env[name] ?? '').trim() : lower;
}

export type VariableName = keyof typeof VARIABLES;
export type Variables = ReturnType<typeof readVariables>;

/**
 * Requires a variable that another one depends on.
 *
 * @throws {ConfigError} when the variable is not set
 */
export function need<Value>(name: string, value: Value | undefined, reason: string): Value {
  if (value === undefined) throw new ConfigError(`${name}: required because ${reason}`);
  return value;
}
