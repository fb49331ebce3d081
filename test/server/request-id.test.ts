import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWireGateway, type WireGateway } from '../support/wire.js';

const ORIGIN = 'https://app.example.com';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const PAGE = { accept: 'text/html' };

let gateway: WireGateway;
beforeAll(async () => {
  gateway = await startWireGateway({ env: { CORS_ORIGINS: ORIGIN, CACHE_TTL_MS: '60000' } });
});
afterAll(() => gateway.close());

/** Sends raw bytes over a new connection, and reads until the server closes it. */
function sendRaw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
    socket.write(bytes);
  });
}

const idIn = (head: string) => /^x-request-id: (.*)\r$/im.exec(head)?.[1] ?? 'none';

describe('the ID of a request', () => {
  const json = { 'content-type': 'application/json' };
  const post = (body: string, headers: Record<string, string> = {}) => ({
    method: 'POST',
    headers: { ...json, ...headers },
    body,
  });
  const requests: [string, string, RequestInit, number][] = [
    ['an operation', '/graphql', post('{"query":"{ __typename }"}'), 200],
    ['an operation by GET', '/graphql?query={__typename}', { headers: { 'x-graphql-yoga-csrf': '1' } }, 200],
    ['an operation that a page of another site could send', '/graphql?query={__typename}', {}, 403],
    ['an invalid document', '/graphql', post('{"query":"{"}', { accept: 'application/json' }), 200],
    ['a body that is not JSON', '/graphql', post('nonsense'), 400],
    [
      'a body of another type',
      '/graphql',
      { method: 'POST', body: 'a', headers: { 'content-type': 'text/plain', 'x-graphql-yoga-csrf': '1' } },
      415,
    ],
    ['a body with a content coding', '/graphql', post('{}', { 'content-encoding': 'gzip' }), 415],
    ['a type that is not served', '/graphql', post('{}', { accept: 'image/png' }), 406],
    ['a body that is too large', '/graphql', post(`"${'x'.repeat(300_000)}"`), 413],
    ['GraphiQL', '/graphql', { headers: PAGE }, 200],
    ['a method that is not allowed', '/graphql', { method: 'DELETE' }, 405],
    ['the allowed methods', '/graphql', { method: 'OPTIONS' }, 204],
    ['liveness', '/health', {}, 200],
    ['readiness', '/ready', {}, 200],
    ['metrics', '/metrics', {}, 200],
    ['the redirect to GraphiQL', '/', { headers: PAGE, redirect: 'manual' }, 302],
    ['an unknown path', '/nowhere', {}, 404],
  ];

  it.each(requests)('is in the response: %s', async (_name, path, init, status) => {
    const headers = { ...init.headers, 'x-request-id': 'edge:7f3/a+b=.c-d_e' };
    const answer = await gateway.fetch(path, { ...init, headers });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-request-id')).toBe('edge:7f3/a+b=.c-d_e');
  });

  it('is in a response in parts', async () => {
    const query = `{ sim(sid: "${gateway.sandbox.cleanSimSid}") { sid ... @defer { status } } }`;
    const answer = await gateway.post({ query }, { accept: 'multipart/mixed', 'x-request-id': 'parts-1' });
    expect(answer.headers.get('content-type')).toContain('multipart/mixed');
    expect(answer.headers.get('x-request-id')).toBe('parts-1');
  });

  it('is that of the request in each response of the fast path, cached ones included', async () => {
    const body = { query: `query Kept { sim(sid: "${gateway.sandbox.cleanSimSid}") { status } }` };
    for (let round = 0; round < 10; round += 1) {
      const answer = await gateway.post(body, { 'x-request-id': `round-${round}` });
      expect(answer.headers.get('x-request-id')).toBe(`round-${round}`);
    }
  });

  it('is made for a request without one, another one each time', async () => {
    const ids = new Set<string | null>();
    for (let round = 0; round < 3; round += 1)
      ids.add((await gateway.post({ query: '{ __typename }' })).headers.get('x-request-id'));
    expect(ids.size).toBe(3);
    for (const id of ids) expect(id).toMatch(UUID);
  });

  it.each([
    ['empty', ''],
    ['too long', 'a'.repeat(129)],
    ['with a space', 'a b'],
    ['with a quote', 'a"b'],
    ['with a control character', 'a\tb'],
    ['with a character beyond ASCII', 'a\u00e9b'],
    ['repeated', 'a, b'],
  ])('is replaced if it is not valid: %s', async (_name, id) => {
    const answer = await gateway.fetch('/health', { headers: { 'x-request-id': id } });
    expect(answer.headers.get('x-request-id')).toMatch(UUID);
  });

  it('may have 128 characters', async () => {
    const id = 'a'.repeat(128);
    const answer = await gateway.fetch('/health', { headers: { 'x-request-id': id } });
    expect(answer.headers.get('x-request-id')).toBe(id);
  });

  it.each([
    ['a request that is not HTTP', 'nonsense\r\n\r\n', 400],
    ['headers that are too large', `GET / HTTP/1.1\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['a Host header that is not valid', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
  ])('is made for a request that is rejected before it is routed: %s', async (_name, bytes, status) => {
    const head = await sendRaw(bytes);
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(idIn(head)).toMatch(UUID);
  });

  it('is in the response to an expectation that cannot be met', async () => {
    const head = await sendRaw('GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: expected\r\nExpect: tea\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 417 /);
    expect(idIn(head)).toBe('expected');
  });

  it('can be read by pages of an allowed origin', async () => {
    const answer = await gateway.post({ query: '{ __typename }' }, { origin: ORIGIN });
    expect(answer.headers.get('access-control-expose-headers')).toBe('Retry-After, X-Request-Id');
  });
});
