import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/sandbox/index.js';
import { type Answer, type FaultyGateway, LIST, startFaultyGateway } from './gateway.js';

const CONNECTION = 'edges { cursor node { sid } } pageInfo { hasNextPage startCursor endCursor }';
const FORWARD = `query ($sid: ID!, $first: Int, $after: String) {
  sim(sid: $sid) { sid dataSessions(first: $first, after: $after) { ${CONNECTION} } } }`;
const BACKWARD = `query ($sid: ID!, $last: Int, $before: String) {
  sim(sid: $sid) { sid dataSessions(last: $last, before: $before) { ${CONNECTION} } } }`;
const NODE = `query ($id: ID!, $first: Int, $after: String) {
  node(id: $id) { ... on Sim { id dataSessions(first: $first, after: $after) { ${CONNECTION} } } } }`;
const WITH_RECORD = `query ($sid: ID!, $first: Int, $after: String) {
  sim(sid: $sid) { status dataSessions(first: $first, after: $after) { ${CONNECTION} } } }`;

const hasToken = (query: URLSearchParams) => query.has('PageToken');
/** Responses to a page with a token; the first page is not affected. */
const REJECTIONS: readonly [what: string, fault: Fault][] = [
  ['400', { kind: 'status', status: 400, code: 20001 }],
  ['404', { kind: 'status', status: 404, code: 20404 }],
  ['404 without a body', { kind: 'status', status: 404, body: '' }],
  ['404 with a page of HTML', { kind: 'status', status: 404, body: '<h1>Not found</h1>' }],
  ['410', { kind: 'status', status: 410, code: 20410 }],
];

interface Connection {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly sid: string } }[];
  readonly pageInfo: { readonly startCursor: string; readonly endCursor: string };
}

let gateway: FaultyGateway;
let sids: unknown[];
let id: string;
beforeAll(async () => {
  gateway = await startFaultyGateway();
  sids = gateway.sandbox.sessions(gateway.sid).map(({ sid }) => sid);
  id = Buffer.from(`Sim:${gateway.sid}`).toString('base64');
});
afterAll(() => gateway.close());
afterEach(() => gateway.sandbox.faults.clear());

function connectionOf({ data, errors }: Answer): Connection {
  expect(errors).toEqual([]);
  return (data as { sim: { dataSessions: Connection } }).sim.dataSessions;
}

const window = (first: number, after: string | null = null) =>
  gateway.ask(FORWARD, { sid: gateway.sid, first, after });

/** Windows of a forward pagination from the start. */
async function walk(first: number, windows: number): Promise<Connection[]> {
  const walked: Connection[] = [];
  let after: string | null = null;
  for (let at = 0; at < windows; at += 1) {
    const connection = connectionOf(await window(first, after));
    walked.push(connection);
    after = connection.pageInfo.endCursor;
  }
  return walked;
}

const EXPIRED = { extensions: { code: 'CURSOR_EXPIRED' } };

describe.each(REJECTIONS)('a page token that the upstream rejects with %s', (_what, refusal) => {
  const refuse = () => gateway.sandbox.faults.add({ ...refusal, ...LIST, query: hasToken });

  it('expires the cursor of the last edge, and does not null the SIM', async () => {
    const [head] = await walk(20, 1);
    refuse();
    const { data, errors, requests } = await window(20, head?.pageInfo.endCursor ?? null);
    expect(data).toEqual({ sim: { sid: gateway.sid, dataSessions: null } });
    expect(errors).toMatchObject([{ path: ['sim', 'dataSessions'], ...EXPIRED }]);
    expect(requests.length).toBeLessThanOrEqual(2);
  });

  it('expires a cursor in the middle of a page', async () => {
    const [, second] = await walk(20, 2);
    refuse();
    const { data, errors, requests } = await window(20, second?.edges[7]?.cursor ?? null);
    expect(data).toEqual({ sim: { sid: gateway.sid, dataSessions: null } });
    expect(errors).toMatchObject([EXPIRED]);
    expect(requests.length).toBeLessThanOrEqual(2);
  });

  it('does not null a node that Relay refetches by its ID', async () => {
    const [head] = await walk(20, 1);
    refuse();
    const after = head?.pageInfo.endCursor;
    const { data, errors } = await gateway.ask(NODE, { id, first: 20, after });
    expect(data).toEqual({ node: { id, dataSessions: null } });
    expect(errors).toMatchObject([{ path: ['node', 'dataSessions'], ...EXPIRED }]);
  });

  it('does not affect the other fields of the SIM', async () => {
    const [head] = await walk(20, 1);
    refuse();
    const after = head?.pageInfo.endCursor;
    const { data, errors } = await gateway.ask(WITH_RECORD, { sid: gateway.sid, first: 20, after });
    expect(data).toEqual({ sim: { status: 'ACTIVE', dataSessions: null } });
    expect(errors).toMatchObject([EXPIRED]);
  });

  it('of a previous page is replaced by a restart from the first page', async () => {
    const walked = await walk(20, 8);
    refuse();
    const before = walked[7]?.pageInfo.startCursor;
    const answer = await gateway.ask(BACKWARD, { sid: gateway.sid, last: 20, before });
    expect(connectionOf(answer).edges.map(({ node }) => node.sid)).toEqual(sids.slice(120, 140));
    expect(answer.requests.length).toBeLessThanOrEqual(2);
  });

  it('fails the window if the upstream has just issued the token', async () => {
    gateway.sandbox.faults.add({ kind: 'emptyPages', pages: 1, ...LIST, times: 1 });
    const [head] = await walk(20, 1);
    gateway.sandbox.faults.add({ ...refusal, ...LIST, query: hasToken, after: 1 });
    const { data, errors, requests } = await window(20, head?.pageInfo.endCursor ?? null);
    expect(data).toEqual({ sim: { sid: gateway.sid, dataSessions: null } });
    expect(errors).toMatchObject([
      { extensions: { code: 'UPSTREAM_BAD_RESPONSE', upstream: { status: requests.at(-1)?.status } } },
    ]);
    expect(requests).toHaveLength(2);
  });
});

describe.each(REJECTIONS.filter(([what]) => what !== '400'))(
  'a page token that is rejected with %s',
  (_what, refusal) => {
    it('nulls the SIM if the first page does not exist either', async () => {
      const [head] = await walk(20, 1);
      gateway.sandbox.faults.add({ ...refusal, ...LIST, query: hasToken });
      gateway.sandbox.faults.add({
        kind: 'status',
        status: 404,
        ...LIST,
        query: (query) => !hasToken(query),
      });
      const { data, errors, requests } = await window(20, head?.pageInfo.endCursor ?? null);
      expect(data).toEqual({ sim: null });
      expect(errors).toEqual([]);
      expect(requests).toHaveLength(2);
    });

    it('reports the error of the first page if it fails too', async () => {
      const [head] = await walk(20, 1);
      gateway.sandbox.faults.add({ ...refusal, ...LIST, query: hasToken });
      gateway.sandbox.faults.add({
        kind: 'status',
        status: 500,
        ...LIST,
        query: (query) => !hasToken(query),
      });
      const { data, errors } = await window(20, head?.pageInfo.endCursor ?? null);
      expect(data).toEqual({ sim: { sid: gateway.sid, dataSessions: null } });
      expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
    });
  },
);

describe('a page token that KORE rejects with 33107, SIM not found', () => {
  it.each([
    ['expires the cursor while the head of the list is there', false, [EXPIRED]],
    ['makes the SIM null when the head of the list says the same', true, []],
  ])('%s', async (_what, gone, expected) => {
    const kore = await startFaultyGateway({ sandbox: { dialect: 'kore' } });
    const ask = (after: string | null) => kore.ask(FORWARD, { sid: kore.sid, first: 20, after });
    const { pageInfo } = connectionOf(await ask(null));
    const query = gone ? () => true : hasToken;
    kore.sandbox.faults.add({ kind: 'status', status: 400, code: 33107, ...LIST, query });
    const { data, errors } = await ask(pageInfo.endCursor);
    expect(data).toEqual({ sim: gone ? null : { sid: kore.sid, dataSessions: null } });
    expect(errors).toMatchObject(expected);
    await kore.close();
  });
});
