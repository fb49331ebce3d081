import { afterEach, expect, test } from 'vitest';
import { type FaultyGateway, isList, LIST, SESSIONS, startFaultyGateway } from './gateway.js';

const DEADLINE_MS = 600;
/** Much shorter than any of these operations without a deadline. */
const WITHIN_MS = DEADLINE_MS * 5;
const TIMED_OUT = { extensions: { code: 'UPSTREAM_TIMEOUT' } };

let gateway: FaultyGateway;
afterEach(() => gateway.close());

async function start(env: Record<string, string> = {}): Promise<void> {
  gateway = await startFaultyGateway({ env: { OPERATION_TIMEOUT_MS: String(DEADLINE_MS), ...env } });
}

test('an operation returns at its deadline with the available data', async () => {
  await start();
  gateway.sandbox.faults.add({ kind: 'hang', ...LIST });
  const { status, data, errors, cost, tookMs } = await gateway.ask(
    'query ($sid: ID!) { sim(sid: $sid) { uniqueName dataSessions { edges { cursor } } } }',
  );
  expect(status).toBe(200);
  expect(data).toEqual({ sim: { uniqueName: 'delivery-van-7', dataSessions: null } });
  expect(errors).toMatchObject([{ path: ['sim', 'dataSessions'], ...TIMED_OUT }]);
  expect(cost).toEqual({ requests: 2, retries: 0, cacheHits: 0 });
  expect(tookMs).toBeGreaterThanOrEqual(DEADLINE_MS);
  expect(tookMs).toBeLessThan(WITHIN_MS);
});

test('all upstream requests of an operation share one deadline', async () => {
  await start({ UPSTREAM_CONCURRENCY: '1' });
  // In sequence these would take twenty deadlines.
  gateway.sandbox.faults.add({ kind: 'latency', ms: DEADLINE_MS * 0.75 });
  const sids = gateway.sandbox.simSids;
  const { data, errors, requests, tookMs } = await gateway.ask(
    `{ ${sids.map((sid, at) => `s${at}: sim(sid: "${sid}") { dataSessions(first: 1) { edges { cursor } } }`).join(' ')} }`,
    {},
  );
  expect(Object.keys(data ?? {})).toHaveLength(sids.length);
  expect(errors.length).toBeGreaterThanOrEqual(sids.length - 1);
  for (const error of errors) expect(error).toMatchObject(TIMED_OUT);
  // Requests that were queued at the deadline are never sent.
  expect(requests.length).toBeLessThanOrEqual(2);
  expect(tookMs).toBeLessThan(WITHIN_MS);
});

test('a walk over empty pages ends at the deadline', async () => {
  await start();
  const remove = gateway.sandbox.faults.add({ kind: 'emptyPages', pages: 20, ...LIST });
  const head = await gateway.ask(
    'query ($sid: ID!) { sim(sid: $sid) { dataSessions(first: 3) { pageInfo { endCursor } } } }',
  );
  remove();
  const { endCursor } = (head.data as { sim: { dataSessions: { pageInfo: { endCursor: string } } } }).sim
    .dataSessions.pageInfo;
  gateway.sandbox.faults.add({ kind: 'latency', ms: DEADLINE_MS / 4 });
  const { errors, requests, tookMs } = await gateway.ask(
    'query ($sid: ID!, $after: String) { sim(sid: $sid) { dataSessions(first: 3, after: $after) { edges { cursor } } } }',
    { sid: gateway.sid, after: endCursor },
  );
  expect(errors).toMatchObject([TIMED_OUT]);
  expect(requests.length).toBeLessThanOrEqual(4);
  expect(tookMs).toBeLessThan(WITHIN_MS);
});

test('upstream requests are aborted at the deadline', async () => {
  await start();
  gateway.sandbox.faults.add({ kind: 'hang' });
  await gateway.ask(SESSIONS);
  await gateway.sandbox.requestEnded(1);
  expect(gateway.sandbox.requests).toMatchObject([{ status: null, aborted: true }]);
});

test('a request is not retried if the deadline would pass first', async () => {
  await start();
  gateway.sandbox.faults.add({ kind: 'status', status: 503, retryAfter: 2, ...LIST });
  const { errors, requests, tookMs } = await gateway.ask(SESSIONS);
  expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE', retryAfter: 2 } }]);
  expect(requests.filter(isList)).toHaveLength(1);
  expect(tookMs).toBeLessThan(2000);
});

test('retries end at the deadline', async () => {
  await start();
  gateway.sandbox.faults.add({ kind: 'latency', ms: DEADLINE_MS * 0.4, ...LIST });
  gateway.sandbox.faults.add({ kind: 'status', status: 503, ...LIST });
  const { errors, requests, tookMs } = await gateway.ask(SESSIONS);
  expect(errors).toHaveLength(1);
  expect(requests.length).toBeGreaterThanOrEqual(2);
  expect(requests.length).toBeLessThanOrEqual(3);
  expect(tookMs).toBeLessThan(WITHIN_MS);
});
