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
const deep = `{ ${'a { '.repeat(40)} b ${'}'.repeat(41)}`;
const aliases = `{ ${Array.from({ length: 200 }, (_, at) => `a${at}: __typename`).join(' ')} }`;

/** What an answer says, whichever way it took; the upstream gives each of its own another id. */
const said = ({ status, text, headers, upstreamRequests }: WireAnswer) => ({
  status,
  body: JSON.parse(text.replace(/RQ[0-9a-f]{32}/g, 'RQ…') || 'null') as unknown,
  upstreamRequests,
  contentType: headers.get('content-type'),
  challenge: headers.get('www-authenticate'),
  retryAfter: headers.get('retry-after'),
});

describe('the ways of a request', () => {
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

  const sid = (index: number) => gateway.sandbox.simSids[index];
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
    ['a field that is not there', () => ({ query: '{ nothing }' })],
    ['a syntax error', () => ({ query: '{ sim(' })],
    ['no query', () => ({})],
    ['a parameter that is not known', () => ({ query: '{ __typename }', more: 1 })],
    ['a batch', () => [{ query: '{ __typename }' }]],
    ['too deep a document', () => ({ query: deep })],
    ['too many aliases', () => ({ query: aliases })],
    [
      'too dear an operation',
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
      'another type of answer',
      () => ({ query: '{ nothing }' }),
      { accept: 'application/graphql-response+json' },
    ],
  ];

  /** By way of Yoga's own adapter, which a query in the URL is for. */
  const byFetch = (body: unknown, headers: Record<string, string>) =>
    gateway.fetch('/graphql?by=fetch', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });

  it.each(requests)(
    'answer %s alike: the lean one, and that of the Fetch API',
    async (_what, body, headers) => {
      const given = { ...authorization, ...headers };
      const short = await gateway.post(body(), given);
      const long = await byFetch(body(), given);
      expect(said(short)).toEqual(said(long));
    },
  );

  it.each(requests)(
    'answer %s alike: through Yoga, and past it once it is known',
    async (_what, body, headers) => {
      const given = { ...authorization, ...headers };
      const first = await gateway.post(body(), given);
      for (let run = 0; run < 4; run += 1) await gateway.post(body(), given);
      expect(said(await gateway.post(body(), given))).toEqual(said(first));
    },
  );

  it('turn a body away that is too large, either way', async () => {
    const body = { query: `{ __typename } # ${'x'.repeat(300_000)}` };
    const short = await gateway.post(body, authorization);
    const long = await byFetch(body, authorization);
    expect([short.status, long.status]).toEqual([413, 413]);
    expect(short.body).toEqual(long.body);
  });
});
