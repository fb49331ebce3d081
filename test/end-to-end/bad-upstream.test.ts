import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Fault, WireRecord } from '../../src/sandbox/index.js';
import { SessionsPage } from '../support/documents.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

/** A string in bodies of the upstream that no response may contain. */
const MARK = 'not-for-clients';

const QUERY =
  'query ($sid: ID!) { sim(sid: $sid) { sid uniqueName dataSessions(first: 3) { edges { cursor } } } }';

let gateway: TestGateway;
let sid: string;
let other: string;
beforeAll(async () => {
  gateway = await startTestGateway();
  [sid = '', , other = ''] = gateway.sandbox.simSids;
});
afterAll(() => gateway.close());
afterEach(() => gateway.sandbox.faults.clear());

/** Changes the paging information of a response. */
function withMeta(change: (meta: WireRecord) => unknown): Fault {
  return { kind: 'mutate', mutate: (body) => ({ ...body, meta: change(body.meta as WireRecord) }) };
}

const BAD_LISTS: readonly [what: string, fault: Fault][] = [
  ['an HTML page', { kind: 'html' }],
  ['an HTML page that says 404', { kind: 'status', status: 404, body: `<h1>${MARK}</h1>` }],
  ['JSON that is cut short', { kind: 'truncate', what: 'json' }],
  ['nothing', { kind: 'empty', status: 200 }],
  ['nothing, and says so', { kind: 'empty', status: 204 }],
  ['JSON of a text', { kind: 'mutate', mutate: () => MARK }],
  ['JSON of a list', { kind: 'mutate', mutate: () => [MARK] }],
  ['JSON of null', { kind: 'mutate', mutate: () => null }],
  ['an object of something else', { kind: 'mutate', mutate: () => ({ [MARK]: 1 }) }],
  ['no records', { kind: 'mutate', mutate: ({ data_sessions: _, ...rest }) => rest }],
  ['an object of records', { kind: 'mutate', mutate: (body) => ({ ...body, data_sessions: { 0: MARK } }) }],
  ['no paging information', withMeta(() => null)],
  [
    'a list of another SIM',
    withMeta((meta) => ({ ...meta, url: String(meta.url).replace(/DE\w+/, `DE${'0'.repeat(32)}`) })),
  ],
  ['a next URL that is no text', withMeta((meta) => ({ ...meta, next_page_url: 7 }))],
  ['a next URL without a token', withMeta((meta) => ({ ...meta, next_page_url: meta.first_page_url }))],
  ['a bad request, and why', { kind: 'status', status: 400, body: { message: MARK, code: 20001 } }],
  ['a status that makes no sense', { kind: 'status', status: 418, body: { message: MARK } }],
];

describe('a list of sessions with', () => {
  test.each(BAD_LISTS)('%s fails that field only, with one request', async (_, fault) => {
    gateway.sandbox.faults.add({ ...fault, path: `${sid}/DataSessions` });
    const answer = await gateway.sendText(QUERY, { sid });
    expect(answer.status).toBe(200);
    expect(answer.data).toEqual({ sim: { sid, uniqueName: 'delivery-van-7', dataSessions: null } });
    const entry = answer.upstreamRequests.find(({ path }) => path.endsWith('/DataSessions'));
    expect(answer.errors).toMatchObject([
      {
        path: ['sim', 'dataSessions'],
        extensions: {
          code: 'UPSTREAM_BAD_RESPONSE',
          upstream: { status: entry?.status, requestId: entry?.requestId },
        },
      },
    ]);
    expect(answer.text).not.toContain(MARK);
    expect(answer.text).not.toContain('<');
    expect(answer.upstreamRequests).toHaveLength(2);
  });
});

describe('a SIM record with', () => {
  test.each<[string, Fault]>([
    ['an HTML page', { kind: 'html' }],
    ['JSON that is cut short', { kind: 'truncate', what: 'json' }],
    ['a list', { kind: 'mutate', mutate: () => [] }],
    ['a SIM without a SID', { kind: 'mutate', mutate: ({ sid: _, ...rest }) => rest }],
    ['another SIM', { kind: 'mutate', mutate: (body) => ({ ...body, sid: `DE${'0'.repeat(32)}` }) }],
  ])("%s fails the SIM's own fields, but not its sessions", async (_, fault) => {
    gateway.sandbox.faults.add({ ...fault, path: `/v1/Sims/${sid}` });
    const { data, errors } = await gateway.sendText(QUERY, { sid });
    expect(data).toEqual({
      sim: { sid, uniqueName: null, dataSessions: { edges: Array(3).fill({ cursor: expect.any(String) }) } },
    });
    expect(errors).toMatchObject([
      { path: ['sim', 'uniqueName'], extensions: { code: 'UPSTREAM_BAD_RESPONSE' } },
    ]);
  });
});

test('an upstream error has the status, code and request ID, but nothing of the body', async () => {
  gateway.sandbox.faults.add({
    kind: 'status',
    status: 500,
    body: { code: 20500, message: MARK, more_info: `https://${MARK}` },
    path: '/DataSessions',
  });
  const answer = await gateway.send(SessionsPage, { sid });
  const [{ requestId } = { requestId: '' }] = answer.upstreamRequests;
  expect(answer.errors).toMatchObject([
    { extensions: { code: 'UPSTREAM_UNAVAILABLE', upstream: { status: 500, code: 20500, requestId } } },
  ]);
  expect(answer.text).not.toContain(MARK);
});

test('one failing SIM does not affect the others', async () => {
  gateway.sandbox.faults.add({ kind: 'html', path: new RegExp(`^/v1/Sims/${sid}`) });
  const { data, errors, status } = await gateway.sendText(
    `query ($bad: ID!, $good: ID!) { bad: sim(sid: $bad) { ...S } good: sim(sid: $good) { ...S } }
     fragment S on Sim { status dataSessions(first: 1) { edges { node { __typename } } } }`,
    { bad: sid, good: other },
  );
  expect(status).toBe(200);
  expect(data).toEqual({
    bad: { status: null, dataSessions: null },
    good: { status: 'ACTIVE', dataSessions: { edges: [{ node: { __typename: 'DataSession' } }] } },
  });
  expect(errors?.map(({ path }) => path?.join('.')).sort()).toEqual(['bad.dataSessions', 'bad.status']);
});

describe('a next page URL', () => {
  let foreign: Server;
  let foreignUrl: string;
  let visits = 0;
  beforeAll(async () => {
    foreign = createServer((_, response) => {
      visits += 1;
      response.end('{}');
    });
    await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
    foreignUrl = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => foreign.close(resolve)));

  const changed = (change: (url: URL) => void) => (text: string) => {
    const url = new URL(text);
    change(url);
    return url.href;
  };
  const HOSTILE: readonly [what: string, rewrite: (url: string) => string][] = [
    ['names another host', (url) => foreignUrl + new URL(url).pathname + new URL(url).search],
    [
      'has no scheme, and another host',
      (url) => `//${new URL(foreignUrl).host}${new URL(url).pathname}${new URL(url).search}`,
    ],
    ['names another port', changed((url) => Object.assign(url, { port: '1' }))],
    ['has too many parameters', (url) => `${url}${'&State='.repeat(17)}`],
    ['has parameters without bound', (url) => `${url}&State=${'x'.repeat(1024)}`],
    ['is not an HTTP URL', () => 'file:///etc/passwd'],
    ['names somebody', changed((url) => Object.assign(url, { username: 'a', password: 'b' }))],
    ['names another SIM', (url) => url.replace(/DE\w+/, `DE${'0'.repeat(32)}`)],
    ['names another list', (url) => url.replace('DataSessions', 'UsageRecords')],
    ['climbs out of the list', (url) => url.replace('DataSessions', 'DataSessions/../../..')],
    ['is no URL', () => 'http://'],
  ];

  test.each(HOSTILE)('that %s is never followed', async (_, rewrite) => {
    gateway.sandbox.faults.add({ kind: 'foreignNext', rewrite, path: '/DataSessions' });
    const answer = await gateway.send(SessionsPage, { sid, first: 3 });
    expect(answer.data).toEqual({ sim: { sid, dataSessions: null } });
    expect(answer.errors).toMatchObject([{ extensions: { code: 'UPSTREAM_BAD_RESPONSE' } }]);
    expect(answer.upstreamPaths).toEqual([`/v1/Sims/${sid}/DataSessions`]);
    expect(visits).toBe(0);
  });

  test('is not followed through a redirect either', async () => {
    gateway.sandbox.faults.add({ kind: 'redirect', location: `${foreignUrl}/v1/Sims/${sid}/DataSessions` });
    const answer = await gateway.send(SessionsPage, { sid, first: 3 });
    expect(answer.errors).toMatchObject([{ extensions: { code: 'UPSTREAM_BAD_RESPONSE' } }]);
    expect(visits).toBe(0);
  });
});
