import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../src/config/index.js';
import { misspeltVariables } from '../src/config/misspelt.js';
import { SECRETS as FILE_SECRETS } from '../src/config/secrets.js';
import type { VariableName } from '../src/config/variables.js';
import { sha256 } from './support/wire.js';

type Env = Record<string, string>;

const TWILIO = { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: 'auth-token' };
const KORE = { KORE_CLIENT_ID: 'client', KORE_CLIENT_SECRET: 'client-secret' };
const JWT = {
  JWT_JWKS_URL: 'https://issuer.test/keys',
  JWT_ISSUER: 'https://issuer.test/',
  JWT_AUDIENCE: 'gateway',
};
const HASH = sha256('a-token');
const OTHER_HASH = sha256('another-token');

function complaint(env: Env): string {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error(`expected a complaint about ${JSON.stringify(env)}`);
}

/** The upstream of a gateway with one account. */
const upstreamOf = (env: Env) => readConfig(env).accounts?.[0]?.upstream;

describe('the configuration', () => {
  it('has documented defaults', () => {
    expect(readConfig({})).toMatchObject({
      accounts: null,
      cursorSecrets: null,
      host: '127.0.0.1',
      port: 4000,
      internal: null,
      auth: { kind: 'none' },
      corsOrigins: [],
      compression: true,
      operationTimeoutMs: 30_000,
      maxUpstreamRequests: 500,
      maxInFlight: 1000,
      rateLimit: 0,
      trustProxy: 0,
      drainDelayMs: 0,
      shutdownGraceMs: 10_000,
      upstreamTimeoutMs: 10_000,
      upstreamConcurrency: 20,
      workers: 1,
      proxy: null,
      upstreamCompression: 'auto',
      cacheTtlMs: 2000,
      staleIfErrorMs: 60_000,
      liveCallbackHosts: [],
      redis: null,
      persistedOperations: null,
      logSample: 1,
      logFormat: null,
      logLevel: 'info',
      graphiql: true,
      fastPath: true,
      introspection: true,
    });
  });

  it('serves the endpoints for operators at HOST unless INTERNAL_HOST is set', () => {
    const env = { HOST: '0.0.0.0', INTERNAL_PORT: '4001' };
    expect(readConfig(env).internal).toEqual({ host: '0.0.0.0', port: 4001 });
    expect(readConfig({ ...env, INTERNAL_HOST: '[::1]' }).internal).toEqual({ host: '::1', port: 4001 });
    // The same port on another address is another socket.
    const same = { INTERNAL_PORT: '4000', INTERNAL_HOST: '127.0.0.2' };
    expect(readConfig(same).internal).toEqual({ host: '127.0.0.2', port: 4000 });
  });

  it('treats an empty variable as not set', () => {
    expect(readConfig({ PORT: '', GATEWAY_AUTH: '', UPSTREAM: '' }).port).toBe(4000);
  });

  it.each([
    ['0', 0],
    ['.5', 0.5],
    ['1.0', 1],
    ['1e-3', 0.001],
  ])('reads a number from 0 to 1: %s', (text, value) => {
    expect(readConfig({ LOG_SAMPLE: text }).logSample).toBe(value);
  });

  it('chooses the upstream by its credentials', () => {
    expect(upstreamOf(TWILIO)).toMatchObject({
      dialect: 'twilio',
      baseUrl: 'https://wireless.twilio.com',
      auth: { user: 'AC1', password: 'auth-token' },
    });
    expect(upstreamOf({ ...TWILIO, TWILIO_API_KEY: 'SK1', TWILIO_API_SECRET: 's' })).toMatchObject({
      auth: { user: 'SK1', password: 's' },
    });
    expect(upstreamOf(KORE)).toMatchObject({ dialect: 'kore', auth: { clientId: 'client' } });
    expect(readConfig({ ...TWILIO, UPSTREAM: 'sandbox' }).accounts).toBeNull();
  });

  it.each<[string, Env]>([
    ['UPSTREAM', { UPSTREAM: 'att' }],
    ['UPSTREAM_COMPRESSION', { UPSTREAM_COMPRESSION: 'gzip' }],
    ['UPSTREAM', { UPSTREAM: 'kore' }],
    ['UPSTREAM', { ...TWILIO, ...KORE }],
    ['UPSTREAM_URL', { UPSTREAM_URL: 'https://example.com' }],
    ['UPSTREAM_URL', { ...TWILIO, UPSTREAM_URL: 'ftp://example.com' }],
    ['TWILIO_AUTH_TOKEN', { TWILIO_ACCOUNT_SID: 'AC1' }],
    ['TWILIO_API_KEY', { TWILIO_API_SECRET: 's' }],
    ['KORE_CLIENT_SECRET', { KORE_CLIENT_ID: 'client' }],
    ['PORT', { PORT: '70000' }],
    ['INTERNAL_PORT', { INTERNAL_PORT: '70000' }],
    ['INTERNAL_PORT', { INTERNAL_HOST: '127.0.0.1' }],
    ['INTERNAL_PORT', { INTERNAL_PORT: '4000' }],
    ['INTERNAL_HOST', { INTERNAL_PORT: '4001', INTERNAL_HOST: 'http://127.0.0.1' }],
    ['GATEWAY_AUTH', { GATEWAY_AUTH: 'basic' }],
    ['GATEWAY_AUTH', { ...TWILIO, HOST: '0.0.0.0' }],
    ['GATEWAY_AUTH', { ...TWILIO, HOST: '127.evil.example.com' }],
    ['GATEWAY_AUTH', { GATEWAY_TOKENS: `a:${HASH}:wireless:read` }],
    ['GATEWAY_AUTH', { JWT_AUDIENCE: 'gateway' }],
    ['GATEWAY_TOKENS', { GATEWAY_AUTH: 'token' }],
    ['JWT_JWKS_URL', { GATEWAY_AUTH: 'jwt', ...JWT, JWT_JWKS_URL: '' }],
    ['JWT_JWKS_URL', { GATEWAY_AUTH: 'jwt', ...JWT, JWT_JWKS_URL: 'http://issuer.test/keys' }],
    ['JWT_ISSUER', { GATEWAY_AUTH: 'jwt', ...JWT, JWT_ISSUER: '' }],
    ['JWT_AUDIENCE', { GATEWAY_AUTH: 'jwt', ...JWT, JWT_AUDIENCE: '' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: '*' }],
    ['COMPRESSION', { COMPRESSION: 'gzip' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'https://a.example.com/path' }],
    ['OPERATION_TIMEOUT_MS', { OPERATION_TIMEOUT_MS: '0' }],
    ['MAX_UPSTREAM_REQUESTS', { MAX_UPSTREAM_REQUESTS: '0' }],
    ['MAX_IN_FLIGHT', { MAX_IN_FLIGHT: '-1' }],
    ['RATE_LIMIT', { RATE_LIMIT: '1.5' }],
    ['HTTPS_PROXY', { HTTPS_PROXY: 'proxy.test:3128' }],
    ['HTTPS_PROXY', { https_proxy: 'socks5://proxy.test' }],
    ['HTTP_PROXY', { HTTP_PROXY: 'http://a-user@proxy.test' }],
    ['HTTP_PROXY', { HTTP_PROXY: 'http://a-user:%zz@proxy.test' }],
    ['WORKERS', { WORKERS: '0' }],
    ['WORKERS', { WORKERS: 'all' }],
    ['WORKERS', { WORKERS: '3', UPSTREAM_CONCURRENCY: '2' }],
    ['TRUST_PROXY', { TRUST_PROXY: 'loopback' }],
    ['DRAIN_DELAY_MS', { DRAIN_DELAY_MS: '15s' }],
    ['SHUTDOWN_GRACE_MS', { SHUTDOWN_GRACE_MS: '0' }],
    ['CACHE_TTL_MS', { CACHE_TTL_MS: '1e3' }],
    ['REDIS_URL', { REDIS_URL: 'localhost:6379' }],
    ['LIVE_CALLBACK_HOSTS', { LIVE_CALLBACK_HOSTS: '*' }],
    ['CURSOR_SECRETS', { CURSOR_SECRETS: 'x'.repeat(31) }],
    ['CURSOR_SECRETS', { CURSOR_SECRETS: `${'x'.repeat(32)},short` }],
    ['CURSOR_SECRETS', { CURSOR_SECRETS: `${'x'.repeat(32)},${'x'.repeat(32)}` }],
    ['TWILIO_AUTH_TOKEN_FILE', { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN_FILE: '/nowhere/token' }],
    ['TWILIO_AUTH_TOKEN_FILE', { ...TWILIO, TWILIO_AUTH_TOKEN_FILE: '/nowhere/token' }],
    ['UPSTREAM_ACCOUNTS', { GATEWAY_AUTH: 'none', UPSTREAM_ACCOUNTS: '/nowhere/accounts.json' }],
    ['LOG_LEVEL', { LOG_LEVEL: 'verbose' }],
    ['LOG_SAMPLE', { LOG_SAMPLE: '1.1' }],
    ['LOG_SAMPLE', { LOG_SAMPLE: '10%' }],
    ['LOG_FORMAT', { LOG_FORMAT: 'xml' }],
    ['GRAPHIQL', { GRAPHIQL: 'maybe' }],
    ['PERSISTED_OPERATIONS', { PERSISTED_OPERATIONS: '/nowhere/manifest.json' }],
    ['PERSISTED_OPERATIONS', { PERSISTED_OPERATIONS_ONLY: 'on' }],
    ['OTEL_TRACES_EXPORTER', { OTEL_TRACES_EXPORTER: 'zipkin' }],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', { OTEL_EXPORTER_OTLP_ENDPOINT: '127.0.0.1:4318' }],
    ['OTEL_TRACES_SAMPLER', { OTEL_TRACES_SAMPLER: 'sometimes' }],
    ['OTEL_TRACES_SAMPLER_ARG', { OTEL_TRACES_SAMPLER_ARG: '10' }],
    ['OTEL_TRACES_SAMPLER_ARG', { OTEL_TRACES_SAMPLER_ARG: '0x1' }],
    ['OTEL_PROPAGATORS', { OTEL_PROPAGATORS: 'b3' }],
    ['UPSTREAM_TRACEPARENT', { UPSTREAM_TRACEPARENT: 'on' }],
    ['TRACE_DOCUMENTS', { TRACE_DOCUMENTS: 'on' }],
  ])('names the invalid variable in one line: %s of %o', (name, env) => {
    expect(complaint(env)).toMatch(new RegExp(`^${name}: [^\n]+$`));
  });

  it('names all invalid variables', () => {
    const text = complaint({ PORT: 'x', RATE_LIMIT: 'x' });
    expect(text).toContain('PORT: ');
    expect(text).toContain('RATE_LIMIT: ');
    expect(text).not.toContain('\n');
  });

  it('says which protocols of OTLP are supported when another one is set', () => {
    for (const name of ['OTEL_EXPORTER_OTLP_PROTOCOL', 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL']) {
      expect(complaint({ [name]: 'grpc' })).toBe(
        `${name}: expected http/protobuf or http/json (grpc is not supported)`,
      );
    }
  });

  it('exports nothing by OpenTelemetry unless an endpoint or an exporter is set', () => {
    expect(readConfig({}).openTelemetry).toBeNull();
    expect(readConfig({ OTEL_SERVICE_NAME: 'gateway' }).openTelemetry).toBeNull();
    expect(readConfig({ ...COLLECTOR, OTEL_SDK_DISABLED: 'true' }).openTelemetry).toBeNull();
    const none = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' };
    expect(readConfig({ ...COLLECTOR, ...none }).openTelemetry).toBeNull();
  });

  it('exports by OTLP to the endpoint of all signals, or to that of each', () => {
    const exporters = (env: Env) => {
      const { traces, metrics } = readConfig(env).openTelemetry ?? {};
      return [traces, metrics];
    };
    const url = 'http://127.0.0.1:4318/v1/traces';
    expect(exporters(COLLECTOR)).toEqual(['otlp-protobuf', 'otlp-protobuf']);
    expect(exporters({ ...COLLECTOR, OTEL_METRICS_EXPORTER: 'none' })).toEqual(['otlp-protobuf', null]);
    expect(exporters({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url })).toEqual(['otlp-protobuf', null]);
    expect(exporters({ ...COLLECTOR, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' })).toEqual([
      'otlp-json',
      'otlp-protobuf',
    ]);
    expect(exporters({ OTEL_TRACES_EXPORTER: 'console' })).toEqual(['console', null]);
  });

  it('allows anonymous access to a real upstream over the network only if it is explicit', () => {
    const open = { ...TWILIO, HOST: '0.0.0.0', GATEWAY_AUTH: 'none' };
    expect(readConfig(open).auth).toEqual({ kind: 'none' });
    expect(readConfig({ HOST: '0.0.0.0' }).auth).toEqual({ kind: 'none' });
  });

  it('enables GraphiQL by default only with anonymous access', () => {
    const token = { GATEWAY_AUTH: 'token', GATEWAY_TOKENS: `a:${HASH}:wireless:read` };
    expect(readConfig(token).graphiql).toBe(false);
    expect(readConfig({ ...token, GRAPHIQL: 'on' }).graphiql).toBe(true);
    expect(readConfig({ GRAPHIQL: 'off' }).graphiql).toBe(false);
  });
});

const FOLDER = mkdtempSync(join(tmpdir(), 'config-'));
const MANIFEST = join(FOLDER, 'manifest.json');
writeFileSync(MANIFEST, '{}');
const write = (name: string, content: unknown): string => {
  const path = join(FOLDER, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};
const ACME = { name: 'acme', dialect: 'twilio', accountSid: 'AC1', authToken: 'acme-token' };
const ACCOUNTS = write('accounts.json', { accounts: [ACME] });
afterAll(() => rmSync(FOLDER, { recursive: true }));

const COLLECTOR = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

/** A value of each variable, and the variables that it requires. */
const VALID: { readonly [Name in VariableName]: readonly [value: string, others?: Env] } = {
  UPSTREAM: ['twilio', TWILIO],
  UPSTREAM_URL: ['https://upstream.test', TWILIO],
  FLEET: ['3000'],
  TWILIO_ACCOUNT_SID: ['AC1', TWILIO],
  TWILIO_AUTH_TOKEN: ['auth-token', TWILIO],
  TWILIO_API_KEY: ['SK1', { TWILIO_API_SECRET: 'secret' }],
  TWILIO_API_SECRET: ['secret', { TWILIO_API_KEY: 'SK1' }],
  KORE_CLIENT_ID: ['client', KORE],
  KORE_CLIENT_SECRET: ['client-secret', KORE],
  KORE_TOKEN_URL: ['https://tokens.test/token', KORE],
  UPSTREAM_ACCOUNTS: [ACCOUNTS, { GATEWAY_AUTH: 'none' }],
  CURSOR_SECRETS: ['x'.repeat(32)],
  HOST: ['::1'],
  PORT: ['4001'],
  INTERNAL_HOST: ['::1', { INTERNAL_PORT: '4002' }],
  INTERNAL_PORT: ['4002'],
  WORKERS: ['auto'],
  GATEWAY_AUTH: ['none'],
  GATEWAY_TOKENS: [`a:${HASH}:wireless:read`, { GATEWAY_AUTH: 'token' }],
  JWT_JWKS_URL: [JWT.JWT_JWKS_URL, { GATEWAY_AUTH: 'jwt', ...JWT }],
  JWT_ISSUER: [JWT.JWT_ISSUER, { GATEWAY_AUTH: 'jwt', ...JWT }],
  JWT_AUDIENCE: [JWT.JWT_AUDIENCE, { GATEWAY_AUTH: 'jwt', ...JWT }],
  JWT_ACCOUNT_CLAIM: ['tenant', { GATEWAY_AUTH: 'jwt', ...JWT }],
  CORS_ORIGINS: ['https://app.test'],
  OPERATION_TIMEOUT_MS: ['1000'],
  MAX_UPSTREAM_REQUESTS: ['10'],
  COMPRESSION: ['off'],
  MAX_IN_FLIGHT: ['10'],
  RATE_LIMIT: ['10'],
  TRUST_PROXY: ['10'],
  DRAIN_DELAY_MS: ['1000'],
  SHUTDOWN_GRACE_MS: ['1000'],
  UPSTREAM_TIMEOUT_MS: ['1000'],
  UPSTREAM_CONCURRENCY: ['10'],
  HTTPS_PROXY: ['http://user:password@proxy.test:3128'],
  HTTP_PROXY: ['https://proxy.test'],
  NO_PROXY: ['.internal.test', { HTTP_PROXY: 'http://proxy.test' }],
  UPSTREAM_COMPRESSION: ['on'],
  CACHE_TTL_MS: ['100'],
  LIVE_POLL_MS: ['5000'],
  MAX_SUBSCRIPTIONS: ['5000'],
  LIVE_CALLBACK_HOSTS: ['router.test:4000,http://other.test'],
  STALE_IF_ERROR_MS: ['100'],
  REDIS_URL: ['redis://:a-password@127.0.0.1'],
  PERSISTED_OPERATIONS: [MANIFEST],
  PERSISTED_OPERATIONS_ONLY: ['off'],
  LOG_SAMPLE: ['0.1'],
  LOG_FORMAT: ['text'],
  LOG_LEVEL: ['warn'],
  GRAPHIQL: ['off'],
  FAST_PATH: ['off'],
  INTROSPECTION: ['off'],
  OTEL_SDK_DISABLED: ['true'],
  OTEL_TRACES_EXPORTER: ['console'],
  OTEL_METRICS_EXPORTER: ['none'],
  OTEL_EXPORTER_OTLP_ENDPOINT: ['http://127.0.0.1:4318'],
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: ['http://127.0.0.1:4318/v1/traces'],
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: ['http://127.0.0.1:4318/v1/metrics'],
  OTEL_EXPORTER_OTLP_PROTOCOL: ['http/json', COLLECTOR],
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: ['http/json', COLLECTOR],
  OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: ['http/json', COLLECTOR],
  OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: ['cumulative', COLLECTOR],
  OTEL_METRIC_EXPORT_INTERVAL: ['1000', COLLECTOR],
  OTEL_METRIC_EXPORT_TIMEOUT: ['1000', COLLECTOR],
  OTEL_TRACES_SAMPLER: ['traceidratio', COLLECTOR],
  OTEL_TRACES_SAMPLER_ARG: ['0.1', COLLECTOR],
  OTEL_PROPAGATORS: ['tracecontext,baggage', COLLECTOR],
  UPSTREAM_TRACEPARENT: ['on', COLLECTOR],
  TRACE_DOCUMENTS: ['on', COLLECTOR],
};
const NAMES = Object.keys(VALID) as VariableName[];
const SECRETS = [
  'TWILIO_ACCOUNT_SID',
  'TWILIO_AUTH_TOKEN',
  'TWILIO_API_KEY',
  'TWILIO_API_SECRET',
  'KORE_CLIENT_ID',
  'KORE_CLIENT_SECRET',
] as const;

/** Returns the environment with a value of one variable and of those that it requires. */
function envWith(name: VariableName, change: (value: string) => string): Env {
  const [value, others = {}] = VALID[name];
  return { ...others, [name]: change(value) };
}

describe('white space in a variable', () => {
  const blanks = fc.string({
    unit: fc.constantFrom(' ', '\n', '\r', '\t', '\u00a0', '\ufeff'),
    maxLength: 4,
  });
  const names = fc.constantFrom(...NAMES);

  it('is removed around the value', () => {
    fc.assert(
      fc.property(names, blanks, blanks, (name, before, after) => {
        const surrounded = readConfig(envWith(name, (value) => before + value + after));
        expect(surrounded).toEqual(readConfig(envWith(name, (value) => value)));
      }),
    );
  });

  it('counts as not set if there is nothing else', () => {
    fc.assert(
      fc.property(names, blanks, (name, blank) => {
        const read = (env: Env) => {
          try {
            return readConfig(env);
          } catch (error) {
            return String(error);
          }
        };
        expect(read(envWith(name, () => blank))).toEqual(read(envWith(name, () => '')));
      }),
    );
  });

  it('is rejected, with the name of the variable, if it is a control character within the value', () => {
    const controls = fc.constantFrom('\n', '\r\n', '\t', '\0', '\u001b', '\u007f', '\u0085');
    fc.assert(
      fc.property(names, controls, (name, control) => {
        const text = complaint(envWith(name, (value) => value[0] + control + value.slice(1)));
        expect(text).toBe(`${name}: expected one line without control characters`);
      }),
    );
  });

  it('is rejected within a credential, which is not printed', () => {
    const inside = fc.constantFrom(' ', '\u00a0', '\u2003', '\u200b', '\ufeff');
    fc.assert(
      fc.property(fc.constantFrom(...SECRETS), inside, (name, blank) => {
        const text = complaint(envWith(name, () => `a-part${blank}of-a-secret`));
        expect(text).toBe(`${name}: expected a credential without white space inside`);
      }),
    );
  });
});

describe('WORKERS', () => {
  it('is one for each core with `auto`, but not more than upstream requests', () => {
    expect(readConfig({ WORKERS: 'auto' }).workers).toBe(Math.min(availableParallelism(), 20));
    expect(readConfig({ WORKERS: 'auto', UPSTREAM_CONCURRENCY: '1' }).workers).toBe(1);
    expect(readConfig({ WORKERS: '2', UPSTREAM_CONCURRENCY: '2' }).workers).toBe(2);
  });
});

describe('the proxies', () => {
  it('are read in upper and lower case, and lower case has precedence', () => {
    const upper = { HTTPS_PROXY: 'http://a.test', HTTP_PROXY: 'http://b.test', NO_PROXY: 'c.test' };
    const proxy = { httpsProxy: 'http://a.test', httpProxy: 'http://b.test', noProxy: 'c.test' };
    expect(readConfig(upper).proxy).toEqual(proxy);
    const lower = Object.fromEntries(
      Object.entries(upper).map(([name, value]) => [name.toLowerCase(), value]),
    );
    expect(readConfig(lower).proxy).toEqual(proxy);
    const other = { HTTPS_PROXY: 'http://d.test', HTTP_PROXY: 'http://d.test', NO_PROXY: 'd.test' };
    expect(readConfig({ ...other, ...lower }).proxy).toEqual(proxy);
  });

  it('are none without a URL', () => {
    expect(readConfig({ NO_PROXY: '*' }).proxy).toBeNull();
  });

  it('are not printed if they are invalid', () => {
    const text = complaint({ HTTPS_PROXY: 'ftp://user:a-password@proxy.test' });
    expect(text).toBe('HTTPS_PROXY: expected an http(s) URL, such as http://proxy:3128');
  });
});

describe('a secret in a file', () => {
  const path = (name: string) => join(FOLDER, name);
  const write = (content: string) => {
    writeFileSync(path('secret'), content);
    return path('secret');
  };

  it.each([...FILE_SECRETS])('has the same effect as the variable: %s', (name) => {
    const [value, others = {}] = VALID[name];
    // Some secrets are among the others that the variable requires.
    const env = { ...others, [name]: '', [`${name}_FILE`]: write(`\uFEFF${value}\r\n`) };
    expect({ ...readConfig(env), files: [] }).toEqual({
      ...readConfig(envWith(name, (text) => text)),
      files: [],
    });
  });

  it('is read at each call', () => {
    const env = { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN_FILE: write('first') };
    expect(upstreamOf(env)?.auth).toMatchObject({ password: 'first' });
    write('second');
    expect(upstreamOf(env)?.auth).toMatchObject({ password: 'second' });
  });

  it('is rejected beside the variable', () => {
    const text = complaint({ ...TWILIO, TWILIO_AUTH_TOKEN_FILE: write('a-secret') });
    expect(text).toBe('TWILIO_AUTH_TOKEN_FILE: expected it or TWILIO_AUTH_TOKEN, not both');
  });

  it('is rejected if the file is absent, a folder or empty, without its path', () => {
    const of = (TWILIO_AUTH_TOKEN_FILE: string) =>
      complaint({ TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN_FILE });
    const expected = 'TWILIO_AUTH_TOKEN_FILE: expected the path of a readable file';
    expect(of(path('absent'))).toBe(`${expected} (ENOENT)`);
    expect(of(FOLDER)).toBe(`${expected} (EISDIR)`);
    expect(of(write(' \n'))).toBe(
      'TWILIO_AUTH_TOKEN_FILE: expected a file with the secret; the file is empty',
    );
  });

  it('is rejected with the name of the file variable if the content is invalid, without the content', () => {
    const file = { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN_FILE: write('two words') };
    expect(complaint(file)).toBe('TWILIO_AUTH_TOKEN_FILE: expected a credential without white space inside');
    const lines = { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN_FILE: write('two\nlines') };
    expect(complaint(lines)).toBe('TWILIO_AUTH_TOKEN_FILE: expected one line without control characters');
    expect(complaint({ REDIS_URL_FILE: write('a-secret') })).toBe(
      'REDIS_URL_FILE: expected redis://host:port, redis-sentinel://host:port,host:port#primary or redis-cluster://host:port,host:port (rediss for TLS)',
    );
  });
});

describe('a misspelt variable', () => {
  it.each([
    ['CACHE_TTL', 'CACHE_TTL_MS'],
    ['CACHE_TTL_SM', 'CACHE_TTL_MS'],
    ['UPSTREAM_TIMEOUT', 'UPSTREAM_TIMEOUT_MS'],
    ['TWILIO_TOKEN', 'TWILIO_AUTH_TOKEN'],
    ['TWILIO_AUTHTOKEN_FILE', 'TWILIO_AUTH_TOKEN_FILE'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['log_level', 'LOG_LEVEL'],
    ['GRAPHQL', 'GRAPHIQL'],
    ['HOSTS', 'HOST'],
    ['PRESISTED_OPERATIONS', 'PERSISTED_OPERATIONS'],
  ])('is found, with the name that was meant: %s', (name, nearest) => {
    expect(misspeltVariables({ [name]: 'a-value' })).toEqual([{ name, nearest }]);
  });

  it.each([
    ...['PATH', 'HOME', 'HOSTNAME', 'USER', 'PWD', 'LANG', 'TERM', 'NODE_ENV', 'NODE_OPTIONS', 'TZ'],
    ...[
      'https_proxy',
      'no_proxy',
      'FTP_PROXY',
      'ALL_PROXY',
      'npm_config_cache',
      'OTEL_SERVICE_NAME',
      'NODE_EXTRA_CA_CERTS',
      'KUBERNETES_SERVICE_HOST',
    ],
    ...['REDIS_SERVICE_HOST', 'REDIS_SERVICE_PORT', 'REDIS_SERVICE_PORT_METRICS', 'REDIS_PORT'],
    ...[
      'REDIS_PORT_6379_TCP',
      'REDIS_PORT_6379_TCP_ADDR',
      'GATEWAY_SERVICE_PORT',
      'GATEWAY_PORT_80_TCP_PROTO',
    ],
  ])('is not what other programs set: %s', (name) => {
    expect(misspeltVariables({ [name]: 'tcp://10.0.0.1:6379' })).toEqual([]);
  });

  it('is none of the known variables, and none without a value', () => {
    expect(misspeltVariables(Object.fromEntries(NAMES.map((name) => [name, 'a'])))).toEqual([]);
    expect(misspeltVariables(Object.fromEntries(FILE_SECRETS.map((name) => [`${name}_FILE`, 'a'])))).toEqual(
      [],
    );
    expect(misspeltVariables({ CACHE_TTL: ' ', LOG_LEVL: undefined })).toEqual([]);
  });
});

describe('HOST', () => {
  it.each([
    ['[::1]', '::1'],
    ['[::]', '::'],
    ['::1', '::1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['gateway_1.internal', 'gateway_1.internal'],
  ])('may be an IPv6 address with or without brackets, or a name: %s', (HOST, host) => {
    expect(readConfig({ HOST }).host).toBe(host);
  });

  it.each([
    '[127.0.0.1]',
    '[localhost]',
    '[]',
    '[::1',
    '127.0.0.1:4000',
    '[::1]:4000',
    'http://localhost',
    'a b',
  ])('is rejected if it is something else: %s', (HOST) => {
    expect(complaint({ HOST })).toBe('HOST: expected a host name or an IP address, without scheme or port');
  });
});

describe('JWT_ISSUER and JWT_AUDIENCE', () => {
  it('are lists', () => {
    const env = {
      GATEWAY_AUTH: 'jwt',
      ...JWT,
      JWT_ISSUER: 'https://a.test/, https://b.test/',
      JWT_AUDIENCE: 'a,b',
    };
    expect(readConfig(env).auth).toEqual({
      kind: 'jwt',
      jwksUrl: JWT.JWT_JWKS_URL,
      issuers: ['https://a.test/', 'https://b.test/'],
      audiences: ['a', 'b'],
      accountClaim: null,
    });
  });

  it.each(['JWT_ISSUER', 'JWT_AUDIENCE'])('must not have empty entries: %s', (name) => {
    for (const value of ['a,', ',a', 'a,,b', ',']) {
      expect(complaint({ GATEWAY_AUTH: 'jwt', ...JWT, [name]: value })).toMatch(
        `${name}: expected one or more`,
      );
    }
  });
});

describe('GATEWAY_TOKENS', () => {
  const withTokens = (tokens: string) => ({ GATEWAY_AUTH: 'token', GATEWAY_TOKENS: tokens });

  it('has a name, a hash and scopes for each token', () => {
    const tokens = `dashboard:${HASH}:wireless:read, router:${OTHER_HASH.toUpperCase()}:wireless:read+wireless:location`;
    expect(readConfig(withTokens(tokens)).auth).toEqual({
      kind: 'token',
      tokens: [
        {
          name: 'dashboard',
          hash: Buffer.from(HASH, 'hex'),
          scopes: new Set(['wireless:read']),
          account: null,
        },
        {
          name: 'router',
          hash: Buffer.from(OTHER_HASH, 'hex'),
          scopes: new Set(['wireless:read', 'wireless:location']),
          account: null,
        },
      ],
    });
  });

  it.each([
    ['', 'entry 2'],
    ['b', 'entry 2'],
    [`b:${OTHER_HASH}`, 'entry 2'],
    [`:${OTHER_HASH}:wireless:read`, 'a name'],
    [`b c:${OTHER_HASH}:wireless:read`, 'a name'],
    ['b:a-token-in-clear:wireless:read', 'SHA-256'],
    [`b:${OTHER_HASH.slice(1)}:wireless:read`, 'SHA-256'],
    [`b:${OTHER_HASH}:`, 'scopes'],
    [`b:${OTHER_HASH}:wireless:write`, 'scopes'],
    [`b:${OTHER_HASH}:wireless:read+`, 'scopes'],
    [`a:${OTHER_HASH}:wireless:read`, 'a unique name'],
    [`b:${HASH}:wireless:read`, 'a unique token'],
  ])('is rejected with the number of the invalid entry, which is not printed: "%s"', (entry, expected) => {
    const text = complaint(withTokens(`a:${HASH}:wireless:read,${entry}`));
    expect(text).toMatch(/^GATEWAY_TOKENS: entry 2: expected /);
    expect(text).toContain(expected);
    for (const secret of ['a-token-in-clear', HASH, OTHER_HASH]) expect(text).not.toContain(secret);
  });
});

describe('PERSISTED_OPERATIONS', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'manifest-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function manifest(content: string): Env {
    const path = join(folder, 'manifest.json');
    writeFileSync(path, content);
    return { PERSISTED_OPERATIONS: path };
  }

  it('is a manifest of documents by hash, with or without the prefix `sha256:`', () => {
    const content = JSON.stringify({ [`sha256:${HASH}`]: '{ a }', [OTHER_HASH]: '{ b }' });
    const { persistedOperations } = readConfig({ ...manifest(content), PERSISTED_OPERATIONS_ONLY: 'on' });
    expect(persistedOperations?.only).toBe(true);
    expect([...(persistedOperations?.documents ?? [])]).toEqual([
      [HASH, '{ a }'],
      [OTHER_HASH, '{ b }'],
    ]);
    expect(readConfig(manifest(content)).persistedOperations?.only).toBe(false);
  });

  it('may start with a byte order mark', () => {
    const { persistedOperations } = readConfig(manifest(`\ufeff{"${HASH}":"{ a }"}`));
    expect([...(persistedOperations?.documents ?? [])]).toEqual([[HASH, '{ a }']]);
  });

  it.each(['', '[]', 'null', '{"an-id":"{ a }"}', `{"${HASH}":7}`])(
    'is rejected if it is something else: %s',
    (content) => {
      expect(complaint(manifest(content))).toMatch(/^PERSISTED_OPERATIONS: expected /);
    },
  );
});

describe('REDIS_URL', () => {
  const NONE = { tls: false, username: null, password: null, database: 0, primary: '' };

  it.each([
    ['redis://cache', { kind: 'standalone', nodes: [{ host: 'cache', port: 6379 }] }],
    [
      'rediss://app:p%40ss@cache.internal:6380/2',
      {
        kind: 'standalone',
        nodes: [{ host: 'cache.internal', port: 6380 }],
        tls: true,
        username: 'app',
        password: 'p@ss',
        database: 2,
      },
    ],
    [
      'redis://secret@[::1]:1/',
      { kind: 'standalone', nodes: [{ host: '::1', port: 1 }], password: 'secret' },
    ],
    [
      'redis-sentinel://:secret@one,two:5/1#main',
      {
        kind: 'sentinel',
        nodes: [
          { host: 'one', port: 26379 },
          { host: 'two', port: 5 },
        ],
        password: 'secret',
        database: 1,
        primary: 'main',
      },
    ],
    ['rediss-cluster://one:7000', { kind: 'cluster', nodes: [{ host: 'one', port: 7000 }], tls: true }],
  ])('is read in the syntax of Lettuce: %s', (REDIS_URL, expected) => {
    expect(readConfig({ REDIS_URL }).redis).toEqual({ ...NONE, ...expected });
  });

  it.each([
    ['http://cache', 'expected redis://'],
    ['redis://one,two', 'expected one host'],
    ['redis-sentinel://one', 'expected the name of the primary'],
    ['redis://one#main', 'expected no #'],
    ['redis-cluster://one/1', 'expected no database number'],
    ['redis://one:99999', 'expected hosts'],
    ['redis://:a-secret@one:x', 'expected hosts'],
    ['redis://:%zz-a-secret@one', 'expected user and password with %XX'],
    ['redis://one?timeout=a-secret', 'expected redis://'],
  ])('is rejected with what was expected, without a part of it: %s', (REDIS_URL, expected) => {
    const text = complaint({ REDIS_URL });
    expect(text).toContain(`REDIS_URL: ${expected}`);
    expect(text).not.toContain('a-secret');
  });
});
