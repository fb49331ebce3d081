import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codesOf, startWireGateway, type WireGateway } from '../support/wire.js';

const QUERY = '{ __typename }';
const ORIGIN = 'https://app.example.com';
const LIMIT = 256 * 1024;

describe('a request of a browser', () => {
  let gateway: WireGateway;

  beforeAll(async () => {
    gateway = await startWireGateway();
  });
  afterAll(() => gateway.close());

  const get = (headers: Record<string, string> = {}) =>
    gateway.fetch(`/graphql?query=${encodeURIComponent(QUERY)}`, { headers });

  it('is rejected if another site can send it without a preflight', async () => {
    const form = new URLSearchParams({ query: QUERY });
    const requests = [
      get(),
      gateway.fetch('/graphql', { method: 'POST', body: form }),
      gateway.fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'text/plain' },
        body: JSON.stringify({ query: QUERY }),
      }),
    ];
    for (const answer of await Promise.all(requests)) {
      expect(answer.status).toBe(403);
      expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
    }
  });

  it('is accepted with a CSRF header, and as a JSON POST', async () => {
    expect((await get({ 'x-graphql-yoga-csrf': '1' })).status).toBe(200);
    expect((await get({ 'apollo-require-preflight': '1' })).status).toBe(200);
    expect((await gateway.post({ query: QUERY })).status).toBe(200);
  });

  it('has no CORS headers by default', async () => {
    const answer = await gateway.post({ query: QUERY }, { origin: ORIGIN });
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('has CORS headers for the configured origins only', async () => {
    const open = await startWireGateway({ env: { CORS_ORIGINS: `${ORIGIN},https://other.example.com` } });
    const allowed = async (origin: string) => {
      const preflight = await open.fetch('/graphql', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
      const answer = await open.post({ query: QUERY }, { origin });
      return [preflight, answer].map(({ headers }) => headers.get('access-control-allow-origin'));
    };
    expect(await allowed(ORIGIN)).toEqual([ORIGIN, ORIGIN]);
    expect(await allowed('https://evil.example.com')).toEqual([null, null]);
    expect(await allowed('null')).toEqual([null, null]);
    const answer = await open.post({ query: QUERY }, { origin: ORIGIN });
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    await open.close();
  });
});

describe('the body of a request', () => {
  let gateway: WireGateway;

  beforeAll(async () => {
    gateway = await startWireGateway();
  });
  afterAll(() => gateway.close());

  const padded = (bytes: number) => {
    const body = JSON.stringify({ query: QUERY, variables: { pad: '' } });
    return body.replace('""', `"${'x'.repeat(bytes - body.length)}"`);
  };
  const send = (body: BodyInit) =>
    gateway.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      duplex: 'half',
    } as RequestInit);
  const chunked = (text: string) => new Blob([text]).stream();

  it('may have 256 KiB, with Content-Length or chunked', async () => {
    expect((await send(padded(LIMIT))).status).toBe(200);
    expect((await send(chunked(padded(LIMIT)))).status).toBe(200);
  });

  it('is rejected with one byte more', async () => {
    for (const body of [padded(LIMIT + 1), chunked(padded(LIMIT + 1))]) {
      const answer = await send(body);
      expect(answer.status).toBe(413);
      expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
      expect(answer.body?.errors?.[0]?.message).toContain(String(LIMIT));
    }
  });

  it('is not read further after it was rejected', async () => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    socket.write(
      'POST /graphql HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
    );
    let sent = 0;
    let answer = '';
    const pump = () => {
      while (!socket.destroyed && socket.write(chunk)) sent += 1;
    };
    socket.on('drain', pump);
    socket.on('data', (data) => {
      answer += data;
    });
    socket.on('error', () => undefined);
    pump();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer.toLowerCase()).toContain('connection: close');
    expect(sent).toBeLessThan(1000);
  });

  it('is rejected with a code if it is not JSON, not an operation, or a batch', async () => {
    for (const body of ['{', '[]', '7', '{"query":7}', '{}', `[{"query":"${QUERY}"},{"query":"${QUERY}"}]`]) {
      expect(codesOf(await send(body)), body).toEqual(['BAD_REQUEST']);
    }
  });
});
