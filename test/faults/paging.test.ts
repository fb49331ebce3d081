import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Answer, type FaultyGateway, LIST, startFaultyGateway } from './gateway.js';

const WINDOW = `query ($sid: ID!, $first: Int!, $after: String) { sim(sid: $sid) {
  dataSessions(first: $first, after: $after) { edges { node { sid } } pageInfo { hasNextPage endCursor } } } }`;

let gateway: FaultyGateway;
let sids: unknown[];
beforeAll(async () => {
  gateway = await startFaultyGateway();
  sids = gateway.sandbox.sessions(gateway.sid).map(({ sid }) => sid);
});
afterAll(() => gateway.close());
afterEach(() => gateway.sandbox.faults.clear());

interface Window {
  readonly edges: readonly { readonly node: { readonly sid: unknown } }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

function window(first: number, after: string | null = null): Promise<Answer> {
  return gateway.ask(WINDOW, { sid: gateway.sid, first, after });
}

function windowOf({ data, errors }: Answer): Window {
  expect(errors).toEqual([]);
  return (data as { sim: { dataSessions: Window } }).sim.dataSessions;
}

/** Paginates to the end of the list. @returns the records and the number of requests */
async function walk(first: number, after: string | null = null) {
  const found: unknown[] = [];
  const requests: number[] = [];
  for (let cursor = after; ; ) {
    const answer = await window(first, cursor);
    const { edges, pageInfo } = windowOf(answer);
    found.push(...edges.map(({ node }) => node.sid));
    requests.push(answer.requests.length);
    if (!pageInfo.hasNextPage) return { found, requests };
    cursor = pageInfo.endCursor;
  }
}

const UNUSABLE = { path: ['sim', 'dataSessions'], extensions: { code: 'UPSTREAM_BAD_RESPONSE' } };

test('an endlessly repeated page token ends pagination with an error after one more request', async () => {
  const { endCursor } = windowOf(await window(20)).pageInfo;
  gateway.sandbox.faults.add({ kind: 'repeatToken', ...LIST });
  const { data, errors, requests, status } = await window(20, endCursor);
  expect(status).toBe(200);
  expect(data).toEqual({ sim: { dataSessions: null } });
  expect(errors).toMatchObject([UNUSABLE]);
  expect(requests).toHaveLength(1);
});

test.each([1, 2])('a page token that is repeated %i times is an error that many times', async (times) => {
  const { endCursor } = windowOf(await window(20)).pageInfo;
  gateway.sandbox.faults.add({ kind: 'repeatToken', ...LIST, times });
  for (let time = 0; time < times; time += 1) {
    expect((await window(20, endCursor)).errors).toMatchObject([UNUSABLE]);
  }
  expect((await walk(20, endCursor)).found).toEqual(sids.slice(20));
});

test.each([1, 2])('a next URL of a foreign host fails %i windows, and is never followed', async (times) => {
  gateway.sandbox.faults.add({ kind: 'foreignNext', ...LIST, times });
  for (let time = 0; time < times; time += 1) {
    const { data, errors, requests } = await window(20);
    expect(data).toEqual({ sim: { dataSessions: null } });
    expect(errors).toMatchObject([UNUSABLE]);
    expect(requests).toHaveLength(1);
  }
  expect((await walk(50)).found).toEqual(sids);
});

test.each([1, 2, 5])('%i empty pages after each page are skipped with one request each', async (pages) => {
  gateway.sandbox.faults.add({ kind: 'emptyPages', pages, ...LIST });
  const { found, requests } = await walk(100);
  expect(found).toEqual(sids);
  const full = Math.ceil(sids.length / 100);
  // The first window starts at the first page; each later one has the empty pages before it.
  const total = requests.reduce((sum, count) => sum + count);
  expect(total).toBeLessThanOrEqual(full * (1 + pages));
  expect(total).toBeGreaterThanOrEqual(full + (full - 1) * pages);
});

test('endless empty pages use the page budget of a window, which has hasNextPage', async () => {
  const remove = gateway.sandbox.faults.add({ kind: 'emptyPages', pages: 60, ...LIST });
  const { endCursor } = windowOf(await window(20)).pageInfo;
  remove();
  const answer = await window(20, endCursor);
  const { edges, pageInfo } = windowOf(answer);
  expect(edges).toEqual([]);
  expect(pageInfo).toEqual({ hasNextPage: true, endCursor: expect.any(String) });
  expect(answer.requests).toHaveLength(25);
});

test.each([1, 2, Number.POSITIVE_INFINITY])(
  'a next URL to an empty page ends the list, %d times',
  async (times) => {
    gateway.sandbox.faults.add({ kind: 'danglingNext', ...LIST, times });
    const { found, requests } = await walk(100);
    expect(found).toEqual(sids);
    expect(requests.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(
      Math.ceil(sids.length / 100) + 1,
    );
  },
);

test('expired page tokens are `CURSOR_EXPIRED` or replaced by a restart, never a wrong window', async () => {
  const { endCursor } = windowOf(await window(20)).pageInfo;
  gateway.sandbox.expireTokens();
  const answer = await window(20, endCursor);
  const codes = answer.errors.map(({ extensions }) => extensions?.code);
  if (codes.length > 0) expect(codes).toEqual(['CURSOR_EXPIRED']);
  else expect(windowOf(answer).edges.map(({ node }) => node.sid)).toEqual(sids.slice(20, 40));
});
