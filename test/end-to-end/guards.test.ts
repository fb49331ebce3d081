import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SessionsPage } from '../support/documents.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { fetchWindow, nodesOf, requestsOf, walkForward } from '../support/windows.js';

let gateway: TestGateway;
let sid: string;
let sids: unknown[];

beforeEach(async () => {
  gateway = await startTestGateway();
  sid = gateway.sandbox.simSids[0] ?? '';
  sids = gateway.sandbox.sessions(sid).map((session) => session.sid);
});
afterEach(() => gateway.close());

const seen = (windows: Parameters<typeof nodesOf>[0]) => nodesOf(windows).map((node) => node.sid);

describe('empty pages with a next URL', () => {
  test('are skipped', async () => {
    gateway.sandbox.faults.add({ kind: 'emptyPages', pages: 2 });
    const windows = await walkForward(gateway, sid, [100]);
    expect(seen(windows)).toEqual(sids);
  });

  test('truncate a window at the page budget, with a cursor that continues from there', async () => {
    const remove = gateway.sandbox.faults.add({ kind: 'emptyPages', pages: 60 });
    const head = await fetchWindow(gateway, sid, { first: 20 });
    remove();
    const cut = await fetchWindow(gateway, sid, { first: 20, after: head.pageInfo.endCursor });
    expect(cut.edges).toEqual([]);
    expect(cut.pageInfo.hasNextPage).toBe(true);
    expect(cut.answer.upstreamRequests.length).toBeLessThanOrEqual(25);
    const rest: unknown[] = [];
    let { pageInfo } = cut;
    while (pageInfo.hasNextPage) {
      const window = await fetchWindow(gateway, sid, { first: 20, after: pageInfo.endCursor });
      rest.push(...seen([window]));
      pageInfo = window.pageInfo;
    }
    expect([...seen([head]), ...rest]).toEqual(sids);
  });
});

test('a next URL to an empty page ends the list', async () => {
  gateway.sandbox.faults.add({ kind: 'danglingNext' });
  const windows = await walkForward(gateway, sid, [50]);
  expect(seen(windows)).toEqual(sids);
  expect(requestsOf(windows)).toBeLessThanOrEqual(8);
});

test('a repeated page token is an error, neither an endless loop nor a silent end', async () => {
  gateway.sandbox.faults.add({ kind: 'repeatToken' });
  const { pageInfo } = await fetchWindow(gateway, sid, { first: 20 });
  const answer = await gateway.send(SessionsPage, { sid, first: 20, after: pageInfo.endCursor });
  expect(answer.data).toEqual({ sim: { sid, dataSessions: null } });
  expect(answer.errors).toMatchObject([
    { path: ['sim', 'dataSessions'], extensions: { code: 'UPSTREAM_BAD_RESPONSE' } },
  ]);
  expect(answer.upstreamRequests).toHaveLength(1);
});

test('a list end beyond the page budget is an error that says how to reach it', async () => {
  const records = Array.from({ length: 25_001 }, (_, at) => ({ sid: `WN${String(at).padStart(32, '0')}` }));
  const long = gateway.sandbox.addSim({}, records).sid;
  const { errors, upstreamRequests } = await gateway.send(SessionsPage, { sid: long, last: 5 });
  expect(errors).toMatchObject([{ path: ['sim', 'dataSessions'], extensions: { code: 'BAD_USER_INPUT' } }]);
  expect(errors?.[0]?.message).toContain('`first` and `after`');
  expect(upstreamRequests).toHaveLength(25);
});
