import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type FaultyGateway, isList, LIST, startFaultyGateway } from './gateway.js';

const WINDOW = `query ($sid: ID!, $first: Int, $after: String, $last: Int) { sim(sid: $sid) { sid
  dataSessions(first: $first, after: $after, last: $last) {
    edges { node { sid } } pageInfo { hasNextPage endCursor } } } }`;
const MINUTE = 60_000;

interface Window {
  readonly edges: readonly { readonly node: { readonly sid: unknown } }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

let gateway: FaultyGateway;
/** A SIM with 2,500 sessions. */
let crane: string;
let sids: unknown[];
beforeEach(async () => {
  // These tests skip minutes of the gateway's clock, so the deadline must be far away.
  gateway = await startFaultyGateway({ env: { OPERATION_TIMEOUT_MS: '600000' } });
  crane = gateway.sandbox.simSids[7] ?? '';
  sids = gateway.sandbox.sessions(crane).map(({ sid }) => sid);
});
afterEach(() => gateway.close());

const window = (args: { first?: number; after?: string | null; last?: number }) =>
  gateway.ask(WINDOW, { sid: crane, ...args });

function windowOf({ data, errors }: Answer): Window {
  expect(errors).toEqual([]);
  return (data as { sim: { dataSessions: Window } }).sim.dataSessions;
}

const seen = (answer: Answer) => windowOf(answer).edges.map(({ node }) => node.sid);
const sizesOf = ({ requests }: Answer) => requests.map(({ query }) => Number(query.get('PageSize')));

describe.each([400, 500] as const)('an upstream that rejects pages of over 500 records with %i', (status) => {
  beforeEach(() => {
    gateway.sandbox.faults.add({ kind: 'maxPageSize', size: 500, status });
  });

  it('returns the first 1000 records in two pages, after one rejection', async () => {
    const answer = await window({ first: 1000 });
    expect(seen(answer)).toEqual(sids.slice(0, 1000));
    expect(sizesOf(answer)).toEqual([1000, 500, 500]);
  });

  it('returns the last records of the list', async () => {
    const answer = await window({ last: 5 });
    expect(seen(answer)).toEqual(sids.slice(-5));
    expect(sizesOf(answer)).toEqual([1000, 500, 500, 500, 500, 500]);
  });

  it('rejects once for all windows of a list, and again after five minutes', async () => {
    const refusals: number[] = [];
    const found: unknown[] = [];
    let after: string | null = null;
    for (let step = 0; step < 3; step += 1) {
      const answer = await window({ first: 1000, after });
      refusals.push(sizesOf(answer).filter((size) => size > 500).length);
      found.push(...seen(answer));
      after = windowOf(answer).pageInfo.endCursor;
    }
    expect(found).toEqual(sids);
    expect(refusals).toEqual([1, 0, 0]);
    gateway.clock.skip(4 * MINUTE);
    expect(sizesOf(await window({ last: 1 }))).toEqual([500, 500, 500, 500, 500]);
    gateway.clock.skip(MINUTE);
    expect(sizesOf(await window({ last: 1 }))).toEqual([1000, 500, 500, 500, 500, 500]);
  });

  it('gets requests for small pages unchanged', async () => {
    const answer = await window({ first: 50 });
    expect(seen(answer)).toEqual(sids.slice(0, 50));
    expect(sizesOf(answer)).toEqual([50]);
  });
});

describe('an upstream that rejects large pages of many lists at once', () => {
  it.each([400, 500] as const)('with %i does not open the circuit breaker', async (status) => {
    const simSids = gateway.sandbox.simSids.slice(0, 12);
    gateway.sandbox.faults.add({ kind: 'maxPageSize', size: 100, status });
    // All are rejected before any of them is retried.
    const until = gateway.sandbox.requestStarted(simSids.length);
    gateway.sandbox.faults.add({ kind: 'hold', until });
    const fields = simSids.map(
      (sid, at) =>
        `s${at}: sim(sid: "${sid}") { dataSessions(first: 300) { nodes: edges { node { sid } } } }`,
    );
    const { data, errors } = await gateway.ask(`{ ${fields.join(' ')} }`, {});
    expect(errors).toEqual([]);
    const found = simSids.map(
      (_, at) =>
        (data as Record<string, { dataSessions: { nodes: unknown[] } }>)[`s${at}`]?.dataSessions.nodes.length,
    );
    expect(found).toEqual(simSids.map((sid) => Math.min(300, gateway.sandbox.sessions(sid).length)));
    expect((await gateway.ready()).status).toBe(200);
  });
});

describe('a first page that is rejected with any size', () => {
  it.each([
    [400, 'UPSTREAM_BAD_RESPONSE'],
    [500, 'UPSTREAM_UNAVAILABLE'],
  ])(
    'with %i fails after at most four retries, and after one request in the next minute',
    async (status, code) => {
      gateway.sandbox.faults.add({ kind: 'status', status, ...LIST });
      const refused = { extensions: { code, upstream: { status } } };
      const first = await window({ first: 1000 });
      expect(first.data).toEqual({ sim: { sid: crane, dataSessions: null } });
      expect(first.errors).toMatchObject([refused]);
      expect(sizesOf(first)).toEqual([1000, 500, 250, 100, 50]);
      const second = await window({ first: 1000 });
      expect(second.errors).toMatchObject([refused]);
      expect(sizesOf(second)).toEqual([1000]);
      gateway.clock.skip(MINUTE);
      expect(sizesOf(await window({ first: 1000 }))).toHaveLength(5);
    },
  );

  it('is retried with smaller sizes again if one of them has failed for another reason', async () => {
    gateway.sandbox.faults.add({ kind: 'maxPageSize', size: 500 });
    const query = (parameters: URLSearchParams) => parameters.get('PageSize') === '500';
    gateway.sandbox.faults.add({ kind: 'status', status: 403, ...LIST, query, times: 1 });
    const failed = await window({ first: 1000 });
    expect(failed.errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAUTHORIZED' } }]);
    const answer = await window({ first: 1000 });
    expect(seen(answer)).toEqual(sids.slice(0, 1000));
    expect(sizesOf(answer)).toEqual([1000, 500, 500]);
  });

  it('with 50 records or less takes one request', async () => {
    gateway.sandbox.faults.add({ kind: 'status', status: 500, ...LIST });
    expect((await window({ first: 50 })).requests).toHaveLength(1);
  });

  it.each([502, 503, 504])('with %i is retried with the same size only', async (status) => {
    gateway.sandbox.faults.add({ kind: 'status', status, ...LIST });
    const asking = window({ first: 1000 });
    for (let retry = 0; retry < 3; retry += 1) {
      await gateway.sandbox.requestEnded(retry + 1);
      gateway.clock.skip(MINUTE / 10);
    }
    const sizes = sizesOf(await asking);
    expect(new Set(sizes)).toEqual(new Set([1000]));
    expect(sizes.length).toBeLessThanOrEqual(4);
  });

  it('that is throttled with a smaller size is retried with that size', async () => {
    gateway.sandbox.faults.add({ kind: 'maxPageSize', size: 500 });
    gateway.sandbox.faults.add({
      kind: 'status',
      status: 429,
      ...LIST,
      query: (query) => query.get('PageSize') === '500',
      times: 1,
    });
    const answer = await window({ first: 1000 });
    expect(seen(answer)).toEqual(sids.slice(0, 1000));
    expect(answer.requests.filter(isList)).toHaveLength(4);
  });
});

describe('a page with a token that is too large', () => {
  it('is not requested with another size', async () => {
    const { pageInfo } = windowOf(await window({ first: 1000 }));
    gateway.sandbox.faults.add({ kind: 'maxPageSize', size: 500 });
    const answer = await window({ first: 1000, after: pageInfo.endCursor });
    expect(answer.errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
    expect(sizesOf(answer)).toEqual([1000]);
  });
});
