import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mutated } from './mutations.js';
import { expectSound, type HostileRequest, sendBytes, startTarget, type Target } from './target.js';

/** Number of requests that are sent together. */
const BATCH = 16;

let target: Target;
let document: string;

beforeAll(async () => {
  target = await startTarget();
  document = `query Q($first: Int = 2) { sim(sid: "${target.gateway.sandbox.simSids[0]}") {
    ...S } } fragment S on Sim { status dataSessions(first: $first) { edges { cursor node { sid } } } }`;
});
afterAll(() => target.finish('HTTP requests'));

async function runBatches(request: fc.Arbitrary<HostileRequest>, runs: number): Promise<void> {
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

test('any body of any content type gets a valid response', async () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'binary' }), fc.json());
  await runBatches(
    fc.tuple(bytes, fc.constantFrom(...TYPES)).map(([text, type]) => body(text, type)),
    60,
  );
}, 60_000);

test('any JSON body gets a valid response', async () => {
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
  await runBatches(
    shape.map((json) => body(JSON.stringify(json) ?? '')),
    60,
  );
}, 60_000);

test('deeply nested JSON and documents get a valid response', async () => {
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
  await runBatches(
    fc.oneof(closed, documents).map((text) => body(text.slice(0, 400_000))),
    12,
  );
}, 60_000);

test('mutated documents get a valid response', async () => {
  const query = fc.constant(null).chain(() => mutated([document]));
  await runBatches(
    query.map((text) => body(JSON.stringify({ query: text }))),
    60,
  );
}, 60_000);

/** Header values that Node accepts. */
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

test('any headers get a valid response', async () => {
  const text = JSON.stringify({ query: '{ __typename }' });
  await runBatches(
    headers.map((extra) => ({ ...body(text), headers: { 'content-type': 'application/json', ...extra } })),
    60,
  );
}, 60_000);

/** Names of parameters of a URL or a form. */
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

test('any method, path and query string gets a valid response', async () => {
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
  await runBatches(
    fc.record({ method, path, queryString, headers }).map((parts) => ({
      method: parts.method,
      path: `${parts.path}?${parts.queryString}`,
      headers: parts.headers,
      body: null,
    })),
    60,
  );
}, 60_000);

test('any parameters in a URL or a form get a valid response', async () => {
  const csrf = { 'x-graphql-yoga-csrf': '1' };
  const form = { ...csrf, 'content-type': 'application/x-www-form-urlencoded' };
  await runBatches(
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

test('bytes that resemble HTTP get a valid response', async () => {
  const good = `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 26\r\n\r\n${JSON.stringify({ query: '{ __typename }' })}`;
  const chunked = `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1a\r\n${JSON.stringify({ query: '{ __typename }' })}\r\n0\r\n\r\n`;
  const bytes = fc.oneof(
    mutated([good, chunked]).map((text) => Buffer.from(text, 'latin1')),
    fc.uint8Array({ maxLength: 200 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { minLength: BATCH, maxLength: BATCH }), async (batch) => {
      target.count(batch.length);
      for (const answer of await Promise.all(
        batch.map((input) => sendBytes(target.gateway.url, input, { halfClose: true })),
      )) {
        const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1];
        if (answer !== '') expectSound(Number(status), answer);
      }
      expect(target.takeUpstreamRequests()).toEqual([]);
    }),
    { numRuns: 30, endOnFailure: true },
  );
}, 60_000);
