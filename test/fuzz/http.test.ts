import { createConnection } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mutated } from './mutations.js';
import { expectSound, type HostileRequest, startTarget, type Target } from './target.js';

/** Requests that are sent together. */
const BATCH = 16;

let target: Target;
let document: string;

beforeAll(async () => {
  target = await startTarget();
  document = `query Q($first: Int = 2) { sim(sid: "${target.gateway.sandbox.simSids[0]}") {
    ...S } } fragment S on Sim { status dataSessions(first: $first) { edges { cursor node { sid } } } }`;
});
afterAll(() => target.finish('HTTP requests'));

async function shoot(request: fc.Arbitrary<HostileRequest>, runs: number): Promise<void> {
  const batch = fc.array(request, { minLength: BATCH, maxLength: BATCH });
  await fc.assert(
    fc.asyncProperty(batch, async (requests) => {
      target.count(requests.length);
      await Promise.all(requests.map(target.send));
      target.takeUpstreamRequests();
    }),
    { numRuns: runs, endOnFailure: true },
  );
}

const TYPES = [
  'application/json',
  'application/json; charset=utf-16',
  'application/graphql',
  'application/graphql-response+json',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'multipart/form-data; boundary=x',
  'text/plain',
  'text/event-stream',
  '*/*',
  '',
  ';',
  'application/json;;;=',
];

const body = (text: string | Uint8Array, type = 'application/json'): HostileRequest => ({
  method: 'POST',
  path: '/graphql',
  headers: { 'content-type': type },
  body: text,
});

test('a body of any bytes is refused or answered, of whatever type it says it is', async () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'binary' }), fc.json());
  await shoot(
    fc.tuple(bytes, fc.constantFrom(...TYPES)).map(([text, type]) => body(text, type)),
    60,
  );
}, 60_000);

test('JSON of any shape is refused or answered', async () => {
  const value = fc.jsonValue();
  const member = fc.oneof(value, fc.constant(undefined));
  const shape = fc.oneof(
    value,
    fc.record({
      query: member,
      variables: member,
      operationName: member,
      extensions: member,
      documentId: member,
    }),
    fc.record({
      query: fc.constant('{ __typename }'),
      variables: member,
      operationName: member,
      extensions: member,
    }),
    fc.array(fc.record({ query: member }), { maxLength: 20 }),
  );
  await shoot(
    shape.map((json) => body(JSON.stringify(json) ?? '')),
    60,
  );
}, 60_000);

test('nesting without measure is refused', async () => {
  const deep = fc.tuple(
    fc.constantFrom('[', '{"a":', '{"query":"{', '{ a', '(', '"', '[[{"query":'),
    fc.integer({ min: 1, max: 20_000 }),
  );
  const closed = deep.map(([open, times]) => {
    const close = open.startsWith('{') ? '}' : open.startsWith('[') ? ']' : '';
    return open.repeat(times) + close.repeat(times);
  });
  const documents = fc
    .tuple(
      fc.constantFrom(
        '{ a',
        '{ __schema { types',
        '{ ...F',
        '{ sim(sid: [',
        '[',
        '@skip(if: ',
        '{ a: __typename b',
      ),
      fc.integer({ min: 1, max: 20_000 }),
    )
    .map(([part, times]) => JSON.stringify({ query: part.repeat(times) }));
  await shoot(
    fc.oneof(closed, documents).map((text) => body(text.slice(0, 400_000))),
    12,
  );
}, 60_000);

test('a document with a few letters changed is refused or answered', async () => {
  const query = fc.constant(null).chain(() => mutated([document]));
  await shoot(
    query.map((text) => body(JSON.stringify({ query: text }))),
    60,
  );
}, 60_000);

/** What Node lets a client send as the value of a header. */
const headerValue = fc.oneof(
  fc.constantFrom(...TYPES),
  fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,60}$/),
  fc.constantFrom(
    'gzip',
    'br;q=0',
    '-1',
    '99999999999',
    'NaN',
    'null',
    '../..',
    'Bearer ',
    'Basic !!',
    'ftv1',
  ),
);
const headerName = fc.oneof(
  fc.constantFrom(
    'accept',
    'accept-encoding',
    'accept-language',
    'apollo-federation-include-trace',
    'apollo-require-preflight',
    'authorization',
    'cache-control',
    'content-encoding',
    'content-type',
    'cookie',
    'forwarded',
    'if-none-match',
    'origin',
    'range',
    'traceparent',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-graphql-yoga-csrf',
    'x-http-method-override',
  ),
  fc.stringMatching(/^x-[a-z0-9-]{1,20}$/),
);
const headers = fc.dictionary(headerName, headerValue, { maxKeys: 6 });

test('headers of any kind are refused or answered', async () => {
  const text = JSON.stringify({ query: '{ __typename }' });
  await shoot(
    headers.map((extra) => ({ ...body(text), headers: { 'content-type': 'application/json', ...extra } })),
    60,
  );
}, 60_000);

/** Parameters of a URL or a form, by the names that mean something here. */
const parameterName = fc.constantFrom(
  'query',
  'variables',
  'operationName',
  'extensions',
  'documentId',
  'x',
  '__proto__',
);
const parameterValue = fc.oneof(
  fc.constantFrom('{ __typename }', '{ sim(sid: 7) { sid } }', 'mutation { a }', '{', '[]', 'null'),
  fc.string({ unit: 'grapheme' }),
  fc.json(),
);
const parameters = fc
  .array(fc.tuple(parameterName, parameterValue), { maxLength: 4 })
  .map((pairs) => new URLSearchParams(pairs).toString());

test('methods, paths and query strings of any kind are refused or answered', async () => {
  const method = fc.constantFrom(
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'PROPFIND',
  );
  const known = fc.constantFrom(
    '/graphql',
    '/graphql/',
    '/',
    '/ready',
    '/health',
    '/metrics',
    '//',
    '/graphql/..',
  );
  const path = fc.oneof(
    known,
    fc.webPath().map((text) => `/${text}`),
    fc.constant('/%'),
    fc.constant('/%00%ff'),
  );
  const queryString = fc.oneof(
    parameters,
    fc.webQueryParameters(),
    fc.constantFrom('query=%', 'query=%ff%fe', 'query[]=x', '&&&=', 'query=%00'),
  );
  await shoot(
    fc.record({ method, path, queryString, headers }).map((parts) => ({
      method: parts.method,
      path: `${parts.path}?${parts.queryString}`,
      headers: parts.headers,
      body: null,
    })),
    60,
  );
}, 60_000);

test('parameters of any kind are refused or answered, in a URL and in a form', async () => {
  const csrf = { 'x-graphql-yoga-csrf': '1' };
  const form = { ...csrf, 'content-type': 'application/x-www-form-urlencoded' };
  await shoot(
    fc
      .tuple(fc.boolean(), parameters)
      .map(
        ([inForm, text]): HostileRequest =>
          inForm
            ? { method: 'POST', path: '/graphql', headers: form, body: text }
            : { method: 'GET', path: `/graphql?${text}`, headers: csrf, body: null },
      ),
    60,
  );
}, 60_000);

/** Sends bytes over a connection of their own, and reads until its end. */
function sendBytes(bytes: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(target.gateway.url);
    const socket = createConnection(Number(port), hostname);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.end(bytes);
  });
}

test('bytes that are hardly HTTP are refused or answered', async () => {
  const good = `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 26\r\n\r\n${JSON.stringify({ query: '{ __typename }' })}`;
  const chunked = `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1a\r\n${JSON.stringify({ query: '{ __typename }' })}\r\n0\r\n\r\n`;
  const bytes = fc.oneof(
    mutated([good, chunked]).map((text) => Buffer.from(text, 'latin1')),
    fc.uint8Array({ maxLength: 200 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { minLength: BATCH, maxLength: BATCH }), async (batch) => {
      target.count(batch.length);
      for (const answer of await Promise.all(batch.map(sendBytes))) {
        const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1];
        if (answer !== '') expectSound(Number(status), answer);
      }
      expect(target.takeUpstreamRequests()).toEqual([]);
    }),
    { numRuns: 30, endOnFailure: true },
  );
}, 60_000);
