import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectSound, sendBytes, startTarget, type Target } from './target.js';

/** Number of requests that are sent together. */
const BATCH = 16;

let target: Target;
beforeAll(async () => {
  target = await startTarget({ GATEWAY_AUTH: 'token', GATEWAY_TOKENS: `a:${'0'.repeat(64)}:wireless:read` });
});
afterAll(() => target.close('request heads'));

const part = fc.constantFrom(
  ...[
    '/',
    '//',
    '\\',
    '?',
    '#',
    '*',
    '%',
    '%00',
    '%2f',
    '..',
    '@',
    ':',
    '[',
    ']',
    '::1',
    ' ',
    '{',
    '"',
    '\t',
    'ÿ',
  ],
  ...[
    'http:',
    'https:',
    'graphql',
    'health',
    'ready',
    'metrics',
    'localhost',
    'a',
    '80',
    '99999',
    'query={__typename}',
  ],
);
const mixed = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
const path = fc.constantFrom(
  '/',
  '/graphql',
  '/health',
  '/ready',
  '/metrics',
  '*',
  'http://a/graphql',
  'http://a/metrics',
);
const host = fc.oneof(fc.constantFrom('a', 'a:80', '[::1]', ''), mixed);
const header = fc.oneof(
  fc.tuple(
    fc.constantFrom(
      'Accept',
      'Accept-Encoding',
      'Content-Type',
      'Content-Encoding',
      'Origin',
      'Expect',
      'Host',
      'X-A',
    ),
    fc.oneof(
      mixed,
      fc.constantFrom('gzip', '*;q=0', 'application/json', 'text/html', 'multipart/mixed', '100-continue'),
    ),
  ),
  fc.constantFrom(
    ['Transfer-Encoding', 'chunked'],
    ['Content-Length', '0'],
    ['Connection', 'upgrade'],
    ['Upgrade', 'h2c'],
  ),
);
const head = fc
  .record({
    method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'OPTIONS', 'TRACE', 'CONNECT', 'get', 'FOO'),
    path: fc.oneof(path, mixed),
    version: fc.constantFrom('1.1', '1.1', '1.1', '1.0', '2.0'),
    hosts: fc.array(host, { minLength: 0, maxLength: 2 }),
    headers: fc.array(header, { maxLength: 4 }),
  })
  .map(({ method, path: url, version, hosts, headers }) =>
    [
      `${method} ${url} HTTP/${version}`,
      ...hosts.map((name) => `Host: ${name}`),
      ...headers.map(([name, value]) => `${name}: ${value}`),
      'Connection: close',
      '\r\n0\r\n\r\n',
    ].join('\r\n'),
  );

test('any request head gets a status below 500, no internals, and no data without a token', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(head, { minLength: BATCH, maxLength: BATCH }), async (batch) => {
      target.count(batch.length);
      for (const answer of await Promise.all(
        batch.map((text) => sendBytes(target.gateway.url, Buffer.from(text, 'latin1'), { halfClose: false })),
      )) {
        const status = Number(/^HTTP\/1\.1 (?:100 Continue\r\n\r\nHTTP\/1\.1 )?(\d{3})/.exec(answer)?.[1]);
        if (answer !== '') expectSound(status, answer);
        expect(answer).not.toMatch(/\n\s+at |file:\/\/|gateway_operations|__typename":"Query|<html/);
      }
      expect(target.takeUpstreamRequests()).toEqual([]);
    }),
    { numRuns: 60, endOnFailure: true },
  );
}, 60_000);
