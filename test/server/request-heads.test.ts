import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256, startWireGateway, type WireGateway } from '../support/wire.js';

const TOKEN = 'a-token-of-the-dashboard';
const QUERY = JSON.stringify({ query: '{ __typename }' });

let gateway: WireGateway;
beforeAll(async () => {
  gateway = await startWireGateway({
    env: { GATEWAY_AUTH: 'token', GATEWAY_TOKENS: `dashboard:${sha256(TOKEN)}:wireless:read` },
  });
});
afterAll(() => gateway.close());

interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends raw bytes over a new connection, and reads until the server closes it. */
function sendRaw(head: string, body = ''): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      const end = text.indexOf('\r\n\r\n');
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);
      resolve({ status, head: text.slice(0, end), body: text.slice(end + 4) });
    });
    socket.write(`${head.replaceAll('\n', '\r\n')}\r\nConnection: close\r\n\r\n${body}`);
  });
}

const post = (target: string, headers: string, token = TOKEN) =>
  sendRaw(
    `POST ${target} HTTP/1.1\n${headers}\nAuthorization: Bearer ${token}\nContent-Type: application/json\nContent-Length: ${QUERY.length}`,
    QUERY,
  );

function expectRefused({ status, body }: RawAnswer, expected = 400): void {
  expect(status, body).toBe(expected);
  const { errors } = JSON.parse(body);
  expect(errors).toEqual([
    { message: expect.stringMatching(/^Expected /), extensions: { code: 'BAD_REQUEST' } },
  ]);
  expect(body).not.toMatch(/\bat \S+ \(|node_modules|file:/);
}

describe('the Host header', () => {
  const bad = ['a b', 'a:b', '[', ']', '[::1', 'x/graphql?', 'x#', 'x@y', 'a\\b', 'a:1:2', '<x>', ''];
  const paths = ['/health', '/ready', '/metrics', '/graphql', '/', '/nowhere'];

  it.each(bad)('is rejected with 400 on each path if it is "%s"', async (host) => {
    for (const path of paths) expectRefused(await sendRaw(`GET ${path} HTTP/1.1\nHost: ${host}`));
    expectRefused(await post('/graphql', `Host: ${host}`));
  });

  it('is rejected with 400 if it is missing or repeated', async () => {
    for (const path of paths) {
      expectRefused(await sendRaw(`GET ${path} HTTP/1.1\nX-A: b`));
      expectRefused(await sendRaw(`GET ${path} HTTP/1.1\nHost: a\nHost: a`));
    }
  });

  it('may be missing in HTTP/1.0', async () => {
    expect((await sendRaw('GET /health HTTP/1.0\nX-A: b')).status).toBe(200);
  });

  it.each(['a', 'A.example.com:80', '127.0.0.1', '[::1]:4000', 'under_score', 'a.', 'a:'])(
    'is accepted if it is a host with or without a port: "%s"',
    async (host) => {
      expect((await sendRaw(`GET /health HTTP/1.1\nHost: ${host}`)).status).toBe(200);
      expect((await post('/graphql', `Host: ${host}`)).status).toBe(200);
    },
  );
});

describe('the request target', () => {
  it('is accepted in absolute form with any host, as in origin form', async () => {
    for (const base of ['http://gateway', 'HTTP://other.example.com:80', 'https://[::1]:1']) {
      expect((await sendRaw(`GET ${base}/health HTTP/1.1\nHost: gateway`)).status).toBe(200);
      const { status, body } = await post(`${base}/graphql`, 'Host: gateway');
      expect([status, JSON.parse(body).data]).toEqual([200, { __typename: 'Query' }]);
      expect((await post(`${base}/graphql?x=y`, 'Host: gateway')).status).toBe(200);
    }
  });

  it('does not bypass authentication in any form', async () => {
    for (const target of ['http://gateway/graphql', '/graphql?x=/health', '/graphql?/ready', '/graphql/']) {
      expect((await post(target, 'Host: gateway', 'wrong')).status).toBe(401);
    }
    for (const target of ['http://gateway/metrics', '/metrics', '/metrics?x=/health']) {
      expect((await sendRaw(`GET ${target} HTTP/1.1\nHost: gateway`)).status).toBe(401);
    }
  });

  it.each([
    'http://',
    'http://a b/',
    'http://u:p@x/health',
    'ftp://x/health',
    'health',
    '*',
    '\\health',
    'http:/health',
  ])('is rejected with 400 if it is neither a path nor a URL: %s', async (target) => {
    expectRefused(await sendRaw(`GET ${target} HTTP/1.1\nHost: gateway`));
  });

  it.each([
    '//',
    '//health',
    '/health/',
    '/%68ealth',
    '/x/../health',
    '/%',
    '/%00%ff',
    '/\\health',
    '/health#x',
    '/health%3f',
  ])('is not resolved to another path: %s is 404', async (target) => {
    const { status, body } = await sendRaw(`GET ${target} HTTP/1.1\nHost: gateway`);
    expect(status).toBe(404);
    expect(JSON.parse(body).errors[0].extensions.code).toBe('BAD_REQUEST');
  });

  it('may be * for OPTIONS', async () => {
    for (const target of ['*', 'http://gateway']) {
      const { status, head } = await sendRaw(`OPTIONS ${target} HTTP/1.1\nHost: gateway`);
      expect(status).toBe(204);
      expect(head).toMatch(/^allow: GET, POST, HEAD$/im);
    }
  });

  it('is rejected with 431 and the limit if it is too long', async () => {
    const { status, body } = await sendRaw(
      `GET /graphql?query=${'x'.repeat(17_000)} HTTP/1.1\nHost: gateway`,
    );
    expectRefused({ status, body, head: '' }, 431);
    expect(body).toContain('16384');
  });

  it('may be as long as the limit', async () => {
    const target = `/health?${'x'.repeat(15_000)}`;
    expect((await sendRaw(`GET ${target} HTTP/1.1\nHost: gateway`)).status).toBe(200);
  });
});

describe('a connection', () => {
  it('is kept alive for more than 600 seconds, the limit of Google load balancers', async () => {
    const { headers } = await gateway.fetch('/health');
    expect(Number(/timeout=(\d+)/.exec(headers.get('keep-alive') ?? '')?.[1])).toBeGreaterThan(600);
  });

  it('gets 100 Continue when the client expects it', async () => {
    const { status, head, body } = await post('/graphql', 'Host: gateway\nExpect: 100-continue');
    expect([status, head]).toEqual([100, 'HTTP/1.1 100 Continue']);
    expect(body).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  it('of HTTP/1.0 is closed after the response, which is not chunked', async () => {
    for (const accept of ['*/*', 'multipart/mixed']) {
      const { status, head, body } = await sendRaw(
        `POST /graphql HTTP/1.0\nAccept: ${accept}\nAuthorization: Bearer ${TOKEN}\nContent-Type: application/json\nContent-Length: ${QUERY.length}`,
        QUERY,
      );
      expect([status, /transfer-encoding/i.test(head)]).toEqual([200, false]);
      expect(body).toContain('"__typename":"Query"');
    }
  });
});

describe('an invalid HTTP request', () => {
  it.each([
    'GET /health HTTP/9.9\nHost: gateway',
    'GET /health HTTP/1.1\nHost: gateway\nbad header',
    'GET /health HTTP/1.1\nHost: gateway\nContent-Length: x',
    'POST /graphql HTTP/1.1\nHost: gateway\nContent-Length: 1\nTransfer-Encoding: chunked',
    'nonsense',
  ])('is rejected with 400 and an error body: %j', async (head) => {
    expectRefused(await sendRaw(head));
  });

  it('is rejected with 417 if it expects anything except 100-continue', async () => {
    expectRefused(await sendRaw('GET /health HTTP/1.1\nHost: gateway\nExpect: 200-ok'), 417);
  });
});
