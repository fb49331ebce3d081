import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256, startWireGateway, type WireAnswer, type WireGateway } from '../support/wire.js';

const TOKEN = 'a-token-of-the-dashboard';
const SESSIONS = `query Sessions($sid: ID!, $first: Int, $after: String, $all: Boolean = true) {
  sim(sid: $sid) {
    status
    ...Window
    other: dataSessions(first: 3) { edges { cursor } }
  }
}
fragment Window on Sim {
  dataSessions(first: $first, after: $after) {
    edges {
      cursor
      node { ... on DataSession { id start @include(if: $all) packetsUploaded cellLocationEstimate { lat } } imei }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;
const NAMED = 'query Named($sid: ID!) { sim(sid: $sid) { sid status } }';
const deep = `{ ${'a { '.repeat(40)} b ${'}'.repeat(41)}`;
const aliases = `{ ${Array.from({ length: 200 }, (_, at) => `a${at}: __typename`).join(' ')} }`;

/** Observable parts of a response, without the upstream's request IDs, which differ. */
const observable = ({ status, text, headers, upstreamRequests }: WireAnswer) => ({
  status,
  text: text.replace(/RQ[0-9a-f]{32}/g, 'RQ…'),
  upstreamRequests,
  contentType: headers.get('content-type'),
  challenge: headers.get('www-authenticate'),
  retryAfter: headers.get('retry-after'),
});

/** Returns the same document with valid variables, so that it is executed and compiled. */
function validRequestOf(body: object): object {
  if (!('query' in body) || typeof body.query !== 'string') return body;
  const { query } = body;
  const names = [...query.matchAll(/\$(\w+): (\w+)/g)];
  const values = { ID: 'DE00000000000000000000000000000000', Int: 2, Boolean: true, String: null };
  const variables = names.map(([, variable, type]) => [variable, values[type as keyof typeof values]]);
  return { query, variables: Object.fromEntries(variables) };
}

describe('fast path conformance', () => {
  let gateway: WireGateway;
  const authorization = { authorization: `Bearer ${TOKEN}` };

  beforeAll(async () => {
    gateway = await startWireGateway({
      env: {
        GATEWAY_AUTH: 'token',
        GATEWAY_TOKENS: `dashboard:${sha256(TOKEN)}:wireless:read`,
        MAX_UPSTREAM_REQUESTS: '30',
      },
    });
    gateway.sandbox.faults.add({
      kind: 'mutate',
      path: `${gateway.sandbox.simSids[4]}/DataSessions`,
      mutate: (body) => ({ ...body, data_sessions: [{ sid: 7, start: [] }, null] }),
    });
    gateway.sandbox.faults.add({ kind: 'html', path: `${gateway.sandbox.simSids[5]}/DataSessions` });
  });
  afterAll(() => gateway.close());

  const sid = (index: number) => gateway.sandbox.simSids[index] ?? '';
  const sim = `sim(sid: "DE${'0'.repeat(32)}")`;
  const requests: [string, () => object, Record<string, string>?][] = [
    ['an operation', () => ({ query: SESSIONS, variables: { sid: sid(0), first: 5 } })],
    [
      'an operation without a part',
      () => ({ query: SESSIONS, variables: { sid: sid(0), first: 5, all: false } }),
    ],
    ['members of wrong types', () => ({ query: SESSIONS, variables: { sid: sid(4) } })],
    ['an upstream that sends a page', () => ({ query: SESSIONS, variables: { sid: sid(5) } })],
    ['a SIM that does not exist', () => ({ query: `{ ${sim} { sid } }` })],
    ['a SID that is none', () => ({ query: SESSIONS, variables: { sid: 'x' } })],
    ['a cursor that is none', () => ({ query: SESSIONS, variables: { sid: sid(0), after: 'x' } })],
    ['a variable of a wrong type', () => ({ query: SESSIONS, variables: { sid: sid(0), first: 'x' } })],
    ['a variable that is missing', () => ({ query: SESSIONS })],
    ['an operation that is not there', () => ({ query: SESSIONS, operationName: 'Other' })],
    ['an empty operation name', () => ({ query: NAMED, variables: { sid: sid(0) }, operationName: '' })],
    [
      'an operation name that is null',
      () => ({ query: NAMED, variables: { sid: sid(0) }, operationName: null }),
    ],
    [
      'an operation name that is not a string',
      () => ({ query: NAMED, variables: { sid: sid(0) }, operationName: 1 }),
    ],
    ['no name where there are two operations', () => ({ query: '{ __typename } query B { __typename }' })],
    [
      'one of two operations by its name',
      () => ({ query: 'query A { a: __typename } query B { b: __typename }', operationName: 'B' }),
    ],
    ...[null, undefined, 'true', false].map((x): [string, () => object] => [
      `${JSON.stringify(x)} in a condition`,
      () => ({
        query: `query ($sid: ID!, $x: Boolean = true) {
          sim(sid: $sid) { sid status @include(if: $x) dataSessions(first: 1) { edges { ...Cursor } } } }
          fragment Cursor on SimDataSessionsEdge { cursor @skip(if: $x) node { sid } }`,
        variables: { sid: sid(0), x },
      }),
    ]),
    [
      'null in a condition of a field of Query',
      () => ({ query: 'query ($x: Boolean = true) { a: __typename @skip(if: $x) }', variables: { x: null } }),
    ],
    ...['constructor', 'toString', '__proto__', 'hasOwnProperty'].flatMap(
      (name): [string, () => object][] => {
        const query = () =>
          `query ($${name}: Int) { sim(sid: "${sid(0)}") { dataSessions(first: $${name}) { edges { cursor } } } }`;
        return [
          [`a variable $${name} that is not given`, () => ({ query: query() })],
          [`a variable $${name}`, () => ({ query: query(), variables: Object.fromEntries([[name, 2]]) })],
        ];
      },
    ),
    [
      'variables that are not declared',
      () => ({ query: NAMED, variables: { sid: sid(0), more: [1], 'sid=': 'x', constructor: 1 } }),
    ],
    ['a number for an ID', () => ({ query: NAMED, variables: { sid: 7 } })],
    ['a field that is not there', () => ({ query: '{ nothing }' })],
    ['a syntax error', () => ({ query: '{ sim(' })],
    ['no query', () => ({})],
    ['a parameter that is not known', () => ({ query: '{ __typename }', more: 1 })],
    ['a batch', () => [{ query: '{ __typename }' }]],
    ['too deep a document', () => ({ query: deep })],
    ['too many aliases', () => ({ query: aliases })],
    [
      'an operation that is too expensive',
      () => ({
        query: `{ a: ${sim} { dataSessions(last: 1) { edges { cursor } } }
      b: sim(sid: "DE${'1'.repeat(32)}") { dataSessions(last: 1) { edges { cursor } } } }`,
      }),
    ],
    ['an id that is not persisted', () => ({ documentId: 'sha256:00' })],
    ['nobody', () => ({ query: '{ __typename }' }), { authorization: '' }],
    ['a wrong token', () => ({ query: '{ __typename }' }), { authorization: 'Bearer wrong' }],
    ['no type of answer that there is', () => ({ query: '{ __typename }' }), { accept: 'image/png' }],
    [
      'another content type',
      () => ({ query: '{ nothing }' }),
      { accept: 'application/graphql-response+json' },
    ],
  ];

  /** Uses Yoga's Node adapter, which handles a POST with a query string. */
  const postToAdapter = (body: unknown, headers: Record<string, string>) =>
    gateway.fetch('/graphql?by=fetch', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });

  it.each(requests)(
    'the Fetch API shim returns the same response as the Node adapter for %s',
    async (_what, body, headers) => {
      const given = { ...authorization, ...headers };
      const viaShim = await gateway.post(body(), given);
      const viaAdapter = await postToAdapter(body(), given);
      expect(observable(viaShim)).toEqual(observable(viaAdapter));
    },
  );

  it.each(requests)('returns the same response as Yoga for %s', async (_what, body, headers) => {
    const given = { ...authorization, ...headers };
    // The Node adapter never uses the fast path, where the operation may be compiled already.
    const first = await postToAdapter(body(), given);
    for (let run = 0; run < 5; run += 1) {
      // Requests with invalid variables or names are not executed, so they do not count for compiling.
      await gateway.post(validRequestOf(body()), given);
      await gateway.post(body(), given);
    }
    expect(observable(await gateway.post(body(), given))).toEqual(observable(first));
  });

  it('returns error locations of the sent document, for literals of any length', async () => {
    const query = (first: string, second: string) =>
      `{ one: sim(sid: "${first}") { sid } two: sim(sid: "${second}") { sid } }`;
    const post = (path: string, text: string) =>
      gateway.fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...authorization },
        body: JSON.stringify({ query: text }),
      });
    for (let run = 0; run < 5; run += 1) await post('/graphql', query('x'.repeat(run), 'y'));
    for (const text of [query('', ''), query('longer than before', '1'), query('x', 'y'.repeat(40))]) {
      expect(observable(await post('/graphql', text))).toEqual(
        observable(await post('/graphql?by=fetch', text)),
      );
    }
  });

  it('treats an empty operationName as absent, for GET and forms too', async () => {
    const parameters = new URLSearchParams({ query: 'query Named { __typename }', operationName: '' });
    const headers = { ...authorization, 'x-graphql-yoga-csrf': '1' };
    const byGet = await gateway.fetch(`/graphql?${parameters}`, { headers });
    const asForm = await gateway.fetch('/graphql', { method: 'POST', headers, body: parameters });
    expect([byGet.body?.data, asForm.body?.data]).toEqual(Array(2).fill({ __typename: 'Query' }));
  });

  it('rejects a body that is too large, with and without the shim', async () => {
    const body = { query: `{ __typename } # ${'x'.repeat(300_000)}` };
    const viaShim = await gateway.post(body, authorization);
    const viaAdapter = await postToAdapter(body, authorization);
    expect([viaShim.status, viaAdapter.status]).toEqual([413, 413]);
    expect(viaShim.body).toEqual(viaAdapter.body);
  });
});
