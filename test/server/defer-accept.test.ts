import { request as httpRequest } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { responseTypesFor } from '../../src/http/response-types.js';
import { codesOf, startWireGateway, type WireGateway } from '../support/wire.js';

const DEFERRED = `query ($sid: ID!, $on: Boolean = true) { sim(sid: $sid) { sid status
  ... @defer(if: $on, label: "list") { dataSessions(first: 2) { edges { node { sid } } } }
  ...Rest @defer } }
  fragment Rest on Sim { uniqueName }`;
const WHOLE = DEFERRED.replace('@defer(if: $on, label: "list")', '@include(if: $on)').replace('@defer', '');

let gateway: WireGateway;
let sid: string;
beforeAll(async () => {
  gateway = await startWireGateway();
  [sid = ''] = gateway.sandbox.simSids;
});
afterAll(() => gateway.close());
beforeEach(() => gateway.sandbox.clearRequests());

interface Wire {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly text: string;
}

/** Sends a request and parses the response strictly: a message with two framings is an error. */
function send(how: string, query: string, accept: string | undefined): Promise<Wire> {
  const variables = { sid };
  const body = JSON.stringify({ query, variables });
  const search = new URLSearchParams({ query, variables: JSON.stringify(variables) });
  const get = how === 'GET';
  const path = get ? `/graphql?${search}` : how === 'fetch path' ? '/graphql?x=y' : '/graphql';
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      gateway.url + path,
      {
        method: get ? 'GET' : 'POST',
        headers: {
          ...(get ? { 'apollo-require-preflight': '1' } : { 'content-type': 'application/json' }),
          ...(accept === undefined ? {} : { accept }),
          ...(how === 'chunked' ? { 'transfer-encoding': 'chunked' } : {}),
          ...(how === 'lean path' || how === 'fetch path'
            ? { 'content-length': Buffer.byteLength(body) }
            : {}),
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode, type: response.headers['content-type'], text }),
        );
      },
    );
    request.on('error', reject);
    request.end(get ? undefined : body);
  });
}

const PATHS = ['lean path', 'fetch path', 'chunked', 'GET'];
const PLAIN: [string | undefined, string][] = [
  [undefined, 'application/json'],
  ['', 'application/json'],
  ['*/*', 'application/json'],
  ['application/json', 'application/json'],
  ['application/graphql-response+json', 'application/graphql-response+json'],
  ['application/json, text/plain, */*', 'application/json'],
  ['application/graphql-response+json, application/json;q=0.9', 'application/graphql-response+json'],
  ['application/json;q=0.1, application/graphql-response+json', 'application/graphql-response+json'],
  ['application/*', 'application/json'],
  ['application/json, multipart/mixed;q=0', 'application/json'],
  ['multipart/mixed; q=0.0, */*', 'application/json'],
  ['text/html, */*;q=0.8', 'application/json'],
];
const IN_PARTS: [string, string][] = [
  ['multipart/mixed', 'multipart/mixed; boundary="-"'],
  ['multipart/mixed;deferSpec=20220824,application/json', 'multipart/mixed; boundary="-"'],
  ['application/json, MULTIPART/MIXED; q=0.5', 'multipart/mixed; boundary="-"'],
  ['text/event-stream', 'text/event-stream'],
  ['application/json, text/event-stream', 'text/event-stream'],
  ['text/*', 'text/event-stream'],
  ['multipart/*', 'multipart/mixed; boundary="-"'],
];

describe.each(PATHS)('@defer on the %s', (path) => {
  it.each(PLAIN)('gets a single JSON response with Accept: %s', async (accept, type) => {
    // With this type a GET returns GraphiQL.
    if (path === 'GET' && accept?.startsWith('text/html')) return;
    const answer = await send(path, DEFERRED, accept);
    expect([answer.status, answer.type]).toEqual([200, `${type}; charset=utf-8`]);
    const { data, errors, hasNext, incremental } = JSON.parse(answer.text);
    expect({ errors, hasNext, incremental }).toEqual({});
    const whole = await send(path, WHOLE, accept);
    expect(data).toEqual(JSON.parse(whole.text).data);
    expect(data.sim.dataSessions.edges).toHaveLength(2);
  });

  it.each(IN_PARTS)('gets an incremental response with Accept: %s', async (accept, type) => {
    const answer = await send(path, DEFERRED, accept);
    expect([answer.status, answer.type]).toEqual([200, type]);
    expect(answer.text).toContain('"hasNext":true');
    expect(answer.text).toContain('"hasNext":false');
  });

  it.each([
    'image/png',
    'application/json;q=0',
    'application/json; charset=utf-16',
    ';',
    'multipart/mixed;q=0',
  ])('is rejected with 406 and a code before any upstream request, with Accept: %s', async (accept) => {
    const answer = await send(path, DEFERRED, accept);
    expect(answer.status).toBe(406);
    expect(JSON.parse(answer.text).errors[0].extensions.code).toBe('BAD_REQUEST');
    expect(gateway.sandbox.requests).toEqual([]);
  });

  it('requests deferred data together with the rest for a single response', async () => {
    const several = gateway.sandbox.simSids.slice(0, 12);
    const query = (open: string) =>
      `{ ${several.map((one, at) => `s${at}: sim(sid: "${one}") { sid ${open} { status } }`).join(' ')} }`;
    await send(path, query('... @defer'), '*/*');
    const deferred = gateway.sandbox.requests.map(({ path: asked }) => asked);
    gateway.sandbox.clearRequests();
    await send(path, query('...'), '*/*');
    expect(deferred).toEqual(gateway.sandbox.requests.map(({ path: asked }) => asked));
  });

  it('gets the same response each time', async () => {
    const first = await send(path, DEFERRED, '*/*');
    for (let run = 0; run < 6; run += 1) {
      const next = await send(path, DEFERRED, run % 2 === 0 ? 'multipart/mixed' : '*/*');
      if (run % 2 === 1) expect(next).toEqual(first);
    }
  });
});

describe('@stream', () => {
  const STREAMED = '{ nodes(ids: []) @stream { id } }';

  it('is a validation error, because no list supports it', async () => {
    for (const accept of ['*/*', 'multipart/mixed, application/json']) {
      const answer = await gateway.post({ query: STREAMED }, { accept });
      expect(codesOf(answer)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
      expect(answer.body?.errors?.[0]?.message).toBe('Unknown directive "@stream".');
    }
  });

  it('is not in the schema, and @defer is', async () => {
    const answer = await gateway.post({ query: '{ __schema { directives { name } } _service { sdl } }' });
    const names = JSON.parse(answer.text).data.__schema.directives.map(({ name }: { name: string }) => name);
    expect(names).toContain('defer');
    expect(names).not.toContain('stream');
    expect(answer.text).not.toContain('@stream');
  });
});

describe('the Accept header', () => {
  const member = fc
    .tuple(
      fc.constantFrom(
        ...[
          '*/*',
          'application/*',
          'application/json',
          'application/graphql-response+json',
          'multipart/mixed',
        ],
        ...['text/event-stream', 'text/*', 'text/html', 'image/png', '', 'x', 'Application/JSON', '*', '/'],
      ),
      fc.constantFrom('', ';q=0', ';q=0.5', '; q=1.0', ';q=x', ';charset=utf-8', ';charset=utf-16', ';x="a"'),
    )
    .map((parts) => parts.join(''));
  const accept = fc.array(member, { maxLength: 4 }).map((members) => members.join(', '));
  const queries = [
    '{ __typename }',
    '{ nothing }',
    '{ __typename ...F @defer } fragment F on Query { a: __typename }',
  ];

  it('selects the same type on each path, before and after an operation is compiled', async () => {
    await fc.assert(
      fc.asyncProperty(accept, fc.constantFrom(...queries), async (value, query) => {
        const [lean, ...others] = await Promise.all(
          ['lean path', ...PATHS.filter((path) => path !== 'GET' || !value.includes('text/html'))].map(
            (path) => send(path, query, value),
          ),
        );
        for (const other of others) expect(other).toEqual(lean);
        expect(lean?.status).toBeLessThan(500);
        if (responseTypesFor(value) === null) expect(lean?.status).toBe(406);
      }),
      { numRuns: 150 },
    );
  }, 30_000);
});
