import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../src/config/index.js';
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

describe('the configuration', () => {
  it('has the defaults of its table', () => {
    expect(readConfig({})).toMatchObject({
      upstream: null,
      host: '127.0.0.1',
      port: 4000,
      access: { kind: 'none' },
      corsOrigins: [],
      operationTimeoutMs: 30_000,
      maxUpstreamRequests: 500,
      maxInFlight: 1000,
      rateLimit: 0,
      upstreamTimeoutMs: 10_000,
      upstreamConcurrency: 20,
      cacheTtlMs: 2000,
      staleIfErrorMs: 60_000,
      redisUrl: null,
      persistedOperations: null,
      logLevel: 'info',
      graphiql: true,
      introspection: true,
    });
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readConfig({ PORT: '', GATEWAY_AUTH: '', UPSTREAM: '' }).port).toBe(4000);
  });

  it('chooses the upstream by its credentials', () => {
    expect(readConfig(TWILIO).upstream).toMatchObject({
      dialect: 'twilio',
      baseUrl: 'https://wireless.twilio.com',
      auth: { user: 'AC1', password: 'auth-token' },
    });
    expect(readConfig({ ...TWILIO, TWILIO_API_KEY: 'SK1', TWILIO_API_SECRET: 's' }).upstream).toMatchObject({
      auth: { user: 'SK1', password: 's' },
    });
    expect(readConfig(KORE).upstream).toMatchObject({ dialect: 'kore', auth: { clientId: 'client' } });
    expect(readConfig({ ...TWILIO, UPSTREAM: 'sandbox' }).upstream).toBeNull();
  });

  it.each<[string, Env]>([
    ['UPSTREAM', { UPSTREAM: 'att' }],
    ['UPSTREAM', { UPSTREAM: 'kore' }],
    ['UPSTREAM', { ...TWILIO, ...KORE }],
    ['UPSTREAM_URL', { UPSTREAM_URL: 'https://example.com' }],
    ['UPSTREAM_URL', { ...TWILIO, UPSTREAM_URL: 'ftp://example.com' }],
    ['TWILIO_AUTH_TOKEN', { TWILIO_ACCOUNT_SID: 'AC1' }],
    ['TWILIO_API_KEY', { TWILIO_API_SECRET: 's' }],
    ['KORE_CLIENT_SECRET', { KORE_CLIENT_ID: 'client' }],
    ['PORT', { PORT: '70000' }],
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
    ['CORS_ORIGINS', { CORS_ORIGINS: 'https://a.example.com/path' }],
    ['OPERATION_TIMEOUT_MS', { OPERATION_TIMEOUT_MS: '0' }],
    ['MAX_UPSTREAM_REQUESTS', { MAX_UPSTREAM_REQUESTS: '0' }],
    ['MAX_IN_FLIGHT', { MAX_IN_FLIGHT: '-1' }],
    ['RATE_LIMIT', { RATE_LIMIT: '1.5' }],
    ['CACHE_TTL_MS', { CACHE_TTL_MS: '1e3' }],
    ['REDIS_URL', { REDIS_URL: 'localhost:6379' }],
    ['LOG_LEVEL', { LOG_LEVEL: 'verbose' }],
    ['GRAPHIQL', { GRAPHIQL: 'maybe' }],
    ['PERSISTED_OPERATIONS', { PERSISTED_OPERATIONS: '/nowhere/manifest.json' }],
    ['PERSISTED_OPERATIONS', { PERSISTED_OPERATIONS_ONLY: 'on' }],
  ])('names the wrong variable in one line: %s of %o', (name, env) => {
    expect(complaint(env)).toMatch(new RegExp(`^${name}: [^\n]+$`));
  });

  it('names all of them when several are wrong', () => {
    const text = complaint({ PORT: 'x', RATE_LIMIT: 'x' });
    expect(text).toContain('PORT: ');
    expect(text).toContain('RATE_LIMIT: ');
    expect(text).not.toContain('\n');
  });

  it('leaves a real upstream open to the network only if that is written out', () => {
    const open = { ...TWILIO, HOST: '0.0.0.0', GATEWAY_AUTH: 'none' };
    expect(readConfig(open).auth).toEqual({ kind: 'none' });
    expect(readConfig({ HOST: '0.0.0.0' }).auth).toEqual({ kind: 'none' });
  });

  it('has GraphiQL only where nobody has to say who they are, unless it is switched on', () => {
    const token = { GATEWAY_AUTH: 'token', GATEWAY_TOKENS: `a:${HASH}:wireless:read` };
    expect(readConfig(token).graphiql).toBe(false);
    expect(readConfig({ ...token, GRAPHIQL: 'on' }).graphiql).toBe(true);
    expect(readConfig({ GRAPHIQL: 'off' }).graphiql).toBe(false);
  });
});

describe('GATEWAY_TOKENS', () => {
  const withTokens = (tokens: string) => ({ GATEWAY_AUTH: 'token', GATEWAY_TOKENS: tokens });

  it('has a name, a hash and scopes of each token', () => {
    const tokens = `dashboard:${HASH}:wireless:read, router:${OTHER_HASH.toUpperCase()}:wireless:read+wireless:location`;
    expect(readConfig(withTokens(tokens)).auth).toEqual({
      kind: 'token',
      tokens: [
        { name: 'dashboard', hash: Buffer.from(HASH, 'hex'), scopes: new Set(['wireless:read']) },
        {
          name: 'router',
          hash: Buffer.from(OTHER_HASH, 'hex'),
          scopes: new Set(['wireless:read', 'wireless:location']),
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
    [`a:${OTHER_HASH}:wireless:read`, 'a name that no entry before it has'],
    [`b:${HASH}:wireless:read`, 'a token that no entry before it has'],
  ])('is refused by the place of what is wrong, and never printed: "%s"', (entry, expected) => {
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

  it('is a manifest of documents by id, which may be written with or without the name of the hash', () => {
    const content = JSON.stringify({ [`sha256:${HASH}`]: '{ a }', [OTHER_HASH]: '{ b }' });
    const { persistedOperations } = readConfig({ ...manifest(content), PERSISTED_OPERATIONS_ONLY: 'on' });
    expect(persistedOperations?.only).toBe(true);
    expect([...(persistedOperations?.documents ?? [])]).toEqual([
      [HASH, '{ a }'],
      [OTHER_HASH, '{ b }'],
    ]);
    expect(readConfig(manifest(content)).persistedOperations?.only).toBe(false);
  });

  it.each(['', '[]', 'null', '{"an-id":"{ a }"}', `{"${HASH}":7}`])(
    'is refused when it is something else: %s',
    (content) => {
      expect(complaint(manifest(content))).toMatch(/^PERSISTED_OPERATIONS: expected /);
    },
  );
});
