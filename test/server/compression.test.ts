import { randomBytes } from 'node:crypto';
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CompressedForms, MIN_COMPRESSED_BYTES, Responder } from '../../src/http/responder.js';
import { startWireGateway, type WireGateway } from '../support/wire.js';

interface Raw {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Body as received, still compressed. */
  readonly body: Buffer;
  readonly text: string;
}

function decode(body: Buffer, coding: string | undefined): string {
  if (body.length === 0) return '';
  if (coding === 'gzip') return gunzipSync(body).toString();
  if (coding === 'br') return brotliDecompressSync(body).toString();
  return body.toString();
}

let gateway: WireGateway;
beforeAll(async () => {
  gateway = await startWireGateway({
    env: { CACHE_TTL_MS: '60000', CORS_ORIGINS: 'https://app.example.com' },
  });
});
afterAll(() => gateway.close());

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

function send(
  { method = 'POST', path = '/graphql', headers = {}, body }: Sent,
  base = gateway.url,
): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(base + path, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const received = Buffer.concat(chunks);
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: received,
          text: decode(received, response.headers['content-encoding']),
        });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };
const window = (first: number) =>
  JSON.stringify({
    query: `{ sim(sid: "${gateway.sandbox.simSids[0]}") { dataSessions(first: ${first}) {
      edges { cursor node { id start end operatorName } } } } }`,
  });
const paths: [string, (body: string) => Sent][] = [
  ['the lean path', (body) => ({ body, headers: JSON_TYPE })],
  ['the fetch path', (body) => ({ body, headers: JSON_TYPE, path: '/graphql?x=y' })],
  ['a chunked request', (body) => ({ body, headers: { ...JSON_TYPE, 'transfer-encoding': 'chunked' } })],
  [
    'GET',
    (body) => ({
      method: 'GET',
      path: `/graphql?${new URLSearchParams(JSON.parse(body) as Record<string, string>)}`,
      headers: { 'apollo-require-preflight': '1' },
    }),
  ],
];

/** Sends the request with another `Accept-Encoding`. */
const accepting = (sent: Sent, coding: string): Sent => ({
  ...sent,
  headers: { ...sent.headers, 'accept-encoding': coding },
});

describe.each(paths)('a response to %s', (_path, by) => {
  it.each([
    ['br', 'br'],
    ['gzip', 'gzip'],
    ['gzip, deflate, br', 'br'],
    ['gzip;q=1.0, br;q=0.5', 'gzip'],
    ['br;q=0, *', 'gzip'],
    ['x-gzip', 'gzip'],
    ['*', 'br'],
    ['GZIP', 'gzip'],
  ])('is compressed with Accept-Encoding: %s', async (accepted, coding) => {
    const plain = await send(by(window(50)));
    const answer = await send(accepting(by(window(50)), accepted));
    expect(answer.headers['content-encoding']).toBe(coding);
    expect(JSON.parse(answer.text).data).toEqual(JSON.parse(plain.text).data);
    expect(answer.headers['content-length']).toBe(String(answer.body.length));
    expect(answer.headers['transfer-encoding']).toBeUndefined();
    expect(answer.headers.vary).toMatch(/\baccept-encoding\b/i);
    expect(answer.body.length).toBeLessThan(plain.body.length / 2);
  });

  it.each(['', 'identity', 'gzip;q=0', '*;q=0, identity', 'deflate', 'identity, gzip;q=0.5', 'zstd'])(
    'is not compressed with Accept-Encoding: %s, and has `Vary`',
    async (accepted) => {
      const answer = await send(accepting(by(window(50)), accepted));
      expect(answer.status).toBe(200);
      expect(answer.headers['content-encoding']).toBeUndefined();
      expect(answer.headers.vary).toMatch(/\baccept-encoding\b/i);
    },
  );

  it('is not compressed if it is small, unless identity is not accepted', async () => {
    const small = JSON.stringify({ query: '{ __typename }' });
    const answer = await send(accepting(by(small), 'gzip, br'));
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.headers.vary ?? '').not.toMatch(/encoding/i);
    const must = await send(accepting(by(small), 'gzip, identity;q=0'));
    expect(must.headers['content-encoding']).toBe('gzip');
    expect(JSON.parse(must.text).data).toEqual({ __typename: 'Query' });
  });

  it('is compressed in the same way when it is compiled and cached', async () => {
    for (let run = 0; run < 8; run += 1) {
      for (const coding of ['br', 'gzip']) {
        const answer = await send(accepting(by(window(40)), coding));
        expect(answer.headers['content-encoding']).toBe(coding);
        const { data } = JSON.parse(answer.text);
        expect(data.sim.dataSessions.edges).toHaveLength(40);
      }
    }
  });

  it('is compressed from the size on that saves a packet', async () => {
    const query = (pad: string) =>
      JSON.stringify({ query: `{ ${'a'.repeat(100)}: __typename ${pad}: __typename }` });
    const { body } = await send(by(query('b')));
    const fill = 'b'.repeat(MIN_COMPRESSED_BYTES - body.length + 1);
    const below = await send(accepting(by(query(fill.slice(1))), 'gzip'));
    expect([below.body.length, below.headers['content-encoding']]).toEqual([
      MIN_COMPRESSED_BYTES - 1,
      undefined,
    ]);
    const at = await send(accepting(by(query(fill)), 'gzip'));
    expect([at.text.length, at.headers['content-encoding']]).toEqual([MIN_COMPRESSED_BYTES, 'gzip']);
  });

  it.each(['multipart/mixed', 'text/event-stream'])('is compressed in parts: %s', async (accept) => {
    const query = `{ sim(sid: "${gateway.sandbox.simSids[1]}") { sid ... @defer { status } } }`;
    const sent = by(JSON.stringify({ query }));
    for (const coding of ['br', 'gzip']) {
      const answer = await send(accepting({ ...sent, headers: { ...sent.headers, accept } }, coding));
      expect(answer.headers['content-encoding']).toBe(coding);
      expect(answer.text).toContain('"hasNext":true');
      expect(answer.text).toContain('"hasNext":false');
    }
  });
});

describe('a part of an incremental response', () => {
  it('is flushed before the next part is available', async () => {
    const live = await startWireGateway();
    let release = () => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    live.sandbox.faults.add({ kind: 'hold', until, path: '/DataSessions' });
    const query = `{ sim(sid: "${live.sandbox.simSids[0]}") { status ... @defer { dataSessions(first: 1) { edges { cursor } } } } }`;
    const response = await fetch(`${live.url}/graphql`, {
      method: 'POST',
      headers: { ...JSON_TYPE, accept: 'multipart/mixed', 'accept-encoding': 'gzip' },
      body: JSON.stringify({ query }),
    });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      // The upstream responds only after the first part has arrived.
      if (text.includes('"hasNext":true')) release();
    }
    expect(text).toContain('"hasNext":false');
    expect(text).not.toContain('errors');
    await live.close();
  });
});

describe('the response of an endpoint', () => {
  it('is compressed if it is large, with the same headers for HEAD', async () => {
    for (const method of ['GET', 'HEAD']) {
      const { headers, text } = await send({
        method,
        path: '/metrics',
        headers: { 'accept-encoding': 'gzip' },
      });
      expect(headers['content-encoding']).toBe('gzip');
      expect(headers.vary).toBe('Origin, Accept-Encoding');
      expect(headers['content-length']).toEqual(expect.any(String));
      if (method === 'GET') expect(text).toContain('gateway_operations_in_flight');
    }
    const page = await send({
      method: 'GET',
      headers: { accept: 'text/html', 'accept-encoding': 'gzip, br' },
    });
    expect(page.headers['content-encoding']).toBe('br');
    expect(page.text).toContain('GraphiQL');
  });
});

describe('a cached response', () => {
  it('is compressed once for each coding if the result is at most half as large', async () => {
    const forms: CompressedForms = new Map();
    let body = Buffer.from(JSON.stringify(Array(1000).fill('the same')));
    const responder = new Responder(true);
    const server = createServer((_req, res) =>
      responder.send(res, { status: 200, headers: {}, body, forms }),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ask = (coding: string) => send({ headers: { 'accept-encoding': coding } }, url);
    for (const coding of ['gzip', 'br'] as const) {
      const { text } = await ask(coding);
      expect(text).toBe(body.toString());
      const form = forms.get(coding);
      // The stored body is replaced here, to see that it is sent again.
      forms.set(coding, coding === 'gzip' ? gzipSync('kept') : brotliCompressSync('kept'));
      expect((await ask(coding)).text).toBe('kept');
      expect(form?.length).toBeLessThan(body.length / 2);
    }
    forms.clear();
    body = randomBytes(5000);
    await ask('gzip');
    expect(forms.size).toBe(0);
    server.close();
  });
});

describe('COMPRESSION=off', () => {
  it('compresses no response', async () => {
    const off = await startWireGateway({ env: { COMPRESSION: 'off' } });
    const sent = accepting(
      { body: JSON.stringify({ query: '{ __schema { types { name } } }' }), headers: JSON_TYPE },
      'gzip',
    );
    const answer = await send(sent, off.url);
    expect([answer.status, answer.headers['content-encoding'], answer.headers.vary]).toEqual([
      200,
      undefined,
      undefined,
    ]);
    const parts = await send({ ...sent, headers: { ...sent.headers, accept: 'multipart/mixed' } }, off.url);
    expect(parts.headers['content-encoding']).toBeUndefined();
    expect(parts.text).toContain('__schema');
    await off.close();
  });
});

describe('Accept-Encoding', () => {
  it('is never answered with a coding that the client rejects, if it accepts another one', async () => {
    const member = fc
      .tuple(
        fc.constantFrom('gzip', 'br', 'identity', '*', 'deflate', 'x-gzip', '', 'GZip'),
        fc.constantFrom('', ';q=0', ';q=0.3', '; q=1', ';q=2', ';q=', ';x=y'),
      )
      .map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(fc.array(member, { maxLength: 4 }), async (members) => {
        const accepted = members.join(', ');
        const { status, headers, text } = await send(
          accepting({ body: window(50), headers: JSON_TYPE }, accepted),
        );
        expect(status).toBe(200);
        expect(JSON.parse(text).data.sim.dataSessions.edges).toHaveLength(50);
        const coding = headers['content-encoding'];
        const named = members.filter((one) => one.toLowerCase().startsWith(coding ?? 'identity'));
        if (coding !== undefined && members.length > 0) {
          expect(named.some((one) => !/q=0$/.test(one)) || /\*|x-gzip/.test(accepted)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  }, 30_000);
});

describe('a request body with a content coding', () => {
  const body = gzipSync(JSON.stringify({ query: '{ __typename }' }));
  it.each([
    ['the lean path', { headers: JSON_TYPE }],
    ['the fetch path', { headers: JSON_TYPE, path: '/graphql?x=y' }],
    ['a chunked request', { headers: { ...JSON_TYPE, 'transfer-encoding': 'chunked' } }],
  ])('is rejected with 415, the expected coding and a code, by %s', async (_path, sent: Sent) => {
    for (const coding of ['gzip', 'br', 'x', 'identity, gzip']) {
      const headers = { ...sent.headers, 'content-encoding': coding };
      const answer = await send({ ...sent, headers, body });
      expect([answer.status, answer.headers['accept-encoding']]).toEqual([415, 'identity']);
      expect(JSON.parse(answer.text).errors[0].extensions.code).toBe('BAD_REQUEST');
    }
  });

  it('is accepted if it is identity', async () => {
    const headers = { ...JSON_TYPE, 'content-encoding': 'identity' };
    expect((await send({ headers, body: JSON.stringify({ query: '{ __typename }' }) })).status).toBe(200);
  });
});
