import { afterEach, beforeEach, expect, test } from 'vitest';
import { hold } from '../support/hold.js';
import { type FaultyGateway, SESSIONS, SIM_WITH_SESSIONS, startFaultyGateway } from './gateway.js';

let gateway: FaultyGateway;
beforeEach(async () => {
  gateway = await startFaultyGateway({ env: { UPSTREAM_CONCURRENCY: '3' } });
});
afterEach(() => gateway.close());

/** A client that can disconnect. */
function client(query: string, sid = gateway.sid) {
  const leaving = new AbortController();
  const gone = gateway.askUntil(leaving.signal, query, { sid }).then(
    () => 'answered',
    () => 'gone',
  );
  return { leave: () => leaving.abort(), gone };
}

test('a client that disconnects aborts its upstream requests', async () => {
  gateway.sandbox.faults.add({ kind: 'hang' });
  const { leave, gone } = client(SIM_WITH_SESSIONS);
  await gateway.sandbox.requestStarted(2);
  leave();
  expect(await gone).toBe('gone');
  await gateway.sandbox.requestEnded(2);
  expect(gateway.sandbox.requests).toMatchObject([{ aborted: true }, { aborted: true }]);
  expect(gateway.sandbox.inFlight).toBe(0);
}, 5000);

test('queued upstream requests of a client that disconnects are never sent', async () => {
  const stop = gateway.sandbox.faults.add({ kind: 'hang' });
  const sids = gateway.sandbox.simSids.slice(0, 6);
  // Three requests are in flight, which is the limit, and three are queued.
  const { leave, gone } = client(
    `{ ${sids.map((sid, at) => `s${at}: sim(sid: "${sid}") { status }`).join(' ')} }`,
  );
  await gateway.sandbox.requestStarted(3);
  stop();
  leave();
  await gone;
  await gateway.sandbox.requestEnded(3);
  // The next operation gets a permit.
  const { errors, requests } = await gateway.ask(SIM_WITH_SESSIONS);
  expect(errors).toEqual([]);
  expect(requests.every(({ aborted }) => !aborted)).toBe(true);
  expect(gateway.sandbox.requests).toHaveLength(5);
}, 5000);

test('a client that disconnects does not abort requests that another client shares', async () => {
  const release = hold(gateway.sandbox);
  const [, own, others] = gateway.sandbox.simSids;
  // Each operation also requests a separate list, which shows its progress.
  const query = (mine: string | undefined) =>
    `query ($sid: ID!) { sim(sid: $sid) { dataSessions(first: 3) { edges { node { sid } } } }
       own: sim(sid: "${mine}") { dataSessions(first: 1) { edges { cursor } } } }`;
  const { leave, gone } = client(query(own));
  await gateway.sandbox.requestStarted(2);
  const other = gateway.ask(query(others));
  await gateway.sandbox.requestStarted(3);
  leave();
  await gone;
  await gateway.sandbox.requestEnded(1);
  release();
  const { errors, data } = await other;
  expect(errors).toEqual([]);
  expect(data).toMatchObject({ sim: { dataSessions: { edges: [{}, {}, {}] } } });
  expect(gateway.sandbox.requests.map(({ path, aborted }) => [path.split('/')[3], aborted])).toEqual([
    [gateway.sid, false],
    [own, true],
    [others, false],
  ]);
}, 5000);

test('a client that disconnects during a backoff ends it', async () => {
  gateway.sandbox.faults.add({ kind: 'status', status: 503, retryAfter: 5 });
  const { leave, gone } = client(SESSIONS);
  await gateway.clock.armed(4_000, 5_000);
  leave();
  await gone;
  await gateway.clock.disarmed(0, 5_000);
  gateway.sandbox.faults.clear();
  // The hold of its `Retry-After` remains for all requests.
  const next = gateway.ask(SIM_WITH_SESSIONS, { sid: gateway.sandbox.simSids[1] });
  await gateway.clock.armed(29_000, 30_000);
  gateway.clock.skip(5_000);
  expect((await next).errors).toEqual([]);
  expect(gateway.sandbox.requests).toHaveLength(3);
}, 5000);
