import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWireGateway, type WireAnswer, type WireGateway } from '../support/wire.js';

const QUERY = { query: '{ __typename }' };
const ORIGIN = 'https://app.example.com';
const OTHER = 'https://evil.example.com';

const varies = ({ headers }: WireAnswer) => (headers.get('vary') ?? '').toLowerCase().split(/, */);
const allowed = ({ headers }: WireAnswer) => headers.get('access-control-allow-origin');

describe('CORS with CORS_ORIGINS', () => {
  let gateway: WireGateway;
  beforeAll(async () => {
    gateway = await startWireGateway({ env: { CORS_ORIGINS: `${ORIGIN},http://localhost:5173` } });
  });
  afterAll(() => gateway.close());

  const preflight = (headers: Record<string, string>) =>
    gateway.fetch('/graphql', {
      method: 'OPTIONS',
      headers: { 'access-control-request-method': 'POST', ...headers },
    });

  const large = { query: '{ __schema { types { name description } } }' };
  const requests: [string, (headers: Record<string, string>) => Promise<WireAnswer>][] = [
    ['an operation', (headers) => gateway.post(QUERY, headers)],
    ['a compressed answer', (headers) => gateway.post(large, { 'accept-encoding': 'gzip', ...headers })],
    ['a validation error', (headers) => gateway.post({ query: '{ nothing }' }, headers)],
    ['no JSON', (headers) => gateway.fetch('/graphql', { method: 'POST', headers, body: '{' })],
    ['a GET', (headers) => gateway.fetch('/graphql?query={__typename}', { headers })],
    ['GraphiQL', (headers) => gateway.fetch('/graphql', { headers: { accept: 'text/html', ...headers } })],
    ['an answer in parts', (headers) => gateway.post(QUERY, { accept: 'multipart/mixed', ...headers })],
    ['a type that is not accepted', (headers) => gateway.post(QUERY, { accept: 'image/png', ...headers })],
    ['a content coding', (headers) => gateway.post(QUERY, { 'content-encoding': 'gzip', ...headers })],
    ['a method that is not allowed', (headers) => gateway.fetch('/graphql', { method: 'PUT', headers })],
    ['an unknown path', (headers) => gateway.fetch('/nowhere', { headers })],
    ['/health', (headers) => gateway.fetch('/health', { headers })],
    ['a preflight', preflight],
  ];

  it.each(requests)(
    'returns the origin to %s if it is allowed, and always has `Vary: Origin`',
    async (_what, send) => {
      for (const [headers, expected] of [
        [{ origin: ORIGIN }, ORIGIN],
        [{ origin: 'http://localhost:5173' }, 'http://localhost:5173'],
        [{ origin: OTHER }, null],
        [{ origin: 'null' }, null],
        [{}, null],
      ] as const) {
        const answer = await send(headers);
        expect(allowed(answer)).toBe(expected);
        expect(varies(answer)).toContain('origin');
        expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
      }
    },
  );

  it('returns the same headers for compiled operations and cached responses', async () => {
    const query = { query: `{ sim(sid: "${gateway.sandbox.cleanSimSid}") { sid } }` };
    for (let run = 0; run < 8; run += 1) {
      for (const origin of [ORIGIN, OTHER]) {
        const answer = await gateway.post(query, { origin });
        expect(allowed(answer)).toBe(origin === ORIGIN ? ORIGIN : null);
        expect(varies(answer)).toContain('origin');
      }
    }
  });

  it('lets a browser cache a preflight with any request header', async () => {
    const requested = 'content-type,authorization,apollographql-client-name,x-graphql-yoga-csrf,traceparent';
    const { status, headers } = await preflight({
      origin: ORIGIN,
      'access-control-request-headers': requested,
    });
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-methods')).toBe('GET, POST');
    expect(headers.get('access-control-allow-headers')).toBe(requested);
    expect(Number(headers.get('access-control-max-age'))).toBeGreaterThanOrEqual(600);
    expect(headers.get('vary')).toBe('Origin, Access-Control-Request-Headers');
  });

  it('exposes Retry-After and the request ID to pages', async () => {
    const answer = await gateway.post(QUERY, { origin: ORIGIN });
    expect(answer.headers.get('access-control-expose-headers')).toBe('Retry-After, X-Request-Id');
  });
});

describe('a rejected origin', () => {
  const refused = ({ log }: WireGateway) =>
    log.map((line) => JSON.parse(line)).filter(({ msg }) => msg.includes('CORS_ORIGINS'));

  it('is logged once with the variable that allows it', async () => {
    for (const env of [{}, { CORS_ORIGINS: ORIGIN }]) {
      const gateway = await startWireGateway({ env });
      for (let run = 0; run < 3; run += 1) {
        await gateway.post(QUERY, { origin: 'http://localhost:5173' });
        await gateway.fetch('/graphql', { method: 'OPTIONS', headers: { origin: OTHER } });
      }
      expect(refused(gateway)).toMatchObject([
        { level: 40, origin: 'http://localhost:5173' },
        { level: 40, origin: OTHER },
      ]);
      await gateway.close();
    }
  });

  it('is not logged for same-origin requests, for invalid origins, and more often than a limit', async () => {
    const gateway = await startWireGateway();
    await gateway.post(QUERY, { origin: gateway.url });
    await gateway.post(QUERY, { origin: 'https://public.example.com', 'sec-fetch-site': 'same-origin' });
    for (const origin of ['null', '', 'x', 'https://user:secret@x', `https://${'x'.repeat(300)}`]) {
      await gateway.post(QUERY, { origin });
    }
    expect(refused(gateway)).toEqual([]);
    for (let at = 0; at < 50; at += 1) await gateway.post(QUERY, { origin: `https://x${at}.example.com` });
    expect(refused(gateway)).toHaveLength(20);
    await gateway.close();
  });
});
