import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Flight } from '../../src/upstream/resilience/flight.js';
import { InFlightRequests } from '../../src/upstream/resilience/in-flight.js';
import { rejection, SIM, scopeFor, settingsFor, simSid, wireSim } from './fixtures.js';
import { ManualClock } from './manual-clock.js';
import { StubServer, sendJson } from './stub-server.js';
import { connectWireless, type WirelessUpstream } from './wireless.js';

let server: StubServer;
let clock: ManualClock;
let upstream: WirelessUpstream;

beforeEach(async () => {
  server = await StubServer.start();
  clock = new ManualClock();
  upstream = connectWireless(settingsFor(server.url), clock);
});

afterEach(async () => {
  await upstream.close();
  await server.stop();
});

it('single-flight sends identical concurrent requests once and counts cache hits for the operations that joined', async () => {
  const scopes = Array.from({ length: 20 }, () => scopeFor(clock));
  const answers = scopes.map((scope) => upstream.sim(SIM, scope));
  sendJson(await server.request(1), 200, wireSim(SIM));
  const sims = await Promise.all(answers);
  expect(new Set(sims).size).toBe(1);
  expect(server.received).toHaveLength(1);
  expect(scopes.map(({ cost }) => cost.requests)).toEqual([1, ...Array(19).fill(0)]);
  expect(scopes.map(({ cost }) => cost.cacheHits)).toEqual([0, ...Array(19).fill(1)]);
});

it('single-flight sends a new request after the shared one has settled', async () => {
  server.answer = (request) => sendJson(request, 200, wireSim(SIM));
  await upstream.sim(SIM, scopeFor(clock));
  await upstream.sim(SIM, scopeFor(clock));
  expect(server.received).toHaveLength(2);
});

it('single-flight does not abort the request when the operation that started it is aborted', async () => {
  const [first, second] = [scopeFor(clock), scopeFor(clock)];
  const left = rejection(upstream.sim(SIM, first));
  const stays = upstream.sim(SIM, second);
  const request = await server.request(1);
  first.abort('gone');
  expect(await left).toBe('gone');
  sendJson(request, 200, wireSim(SIM));
  expect((await stays)?.sid).toBe(SIM);
  expect(server.received).toHaveLength(1);
});

it('single-flight aborts the request when the last waiter leaves, and later operations do not join it', async () => {
  const scopes = [scopeFor(clock), scopeFor(clock)];
  const answers = scopes.map((scope) => rejection(upstream.sim(SIM, scope)));
  const request = await server.request(1);
  for (const scope of scopes) scope.abort('gone');
  expect(await Promise.all(answers)).toEqual(['gone', 'gone']);
  const next = upstream.sim(SIM, scopeFor(clock));
  await request.closed;
  expect(request.response.writableEnded).toBe(false);
  sendJson(await server.request(2), 200, wireSim(SIM));
  expect((await next)?.sid).toBe(SIM);
  expect(clock.timers).toBe(0);
});

it('single-flight applies the deadline of each operation', async () => {
  const hasty = rejection(upstream.sim(SIM, scopeFor(clock, 1_000)));
  const patient = upstream.sim(SIM, scopeFor(clock, 9_000));
  const request = await server.request(1);
  clock.advance(1_000);
  expect(await hasty).toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
  sendJson(request, 200, wireSim(SIM));
  expect((await patient)?.sid).toBe(SIM);
});

it('single-flight retries until the latest deadline of its waiters', async () => {
  server.answer = (request) => {
    if (request.number > 1) sendJson(request, 200, wireSim(SIM));
  };
  const hasty = rejection(upstream.sim(SIM, scopeFor(clock, 1_000)));
  const patient = upstream.sim(SIM, scopeFor(clock, 9_000));
  sendJson(await server.request(1), 503, undefined, { 'retry-after': '5' });
  await clock.armed(5_000);
  clock.advance(5_000);
  expect(await hasty).toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
  expect((await patient)?.sid).toBe(SIM);
});

it('single-flight sends no request for an operation that is aborted or past its deadline', async () => {
  const aborted = scopeFor(clock);
  aborted.abort('gone');
  expect(await rejection(upstream.sim(SIM, aborted))).toBe('gone');
  expect(await rejection(upstream.sim(SIM, scopeFor(clock, 0)))).toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
  await server.roundTrip();
  expect(server.received).toHaveLength(0);
});

it('single-flight aborts requests when the upstream client is closed, and sends none afterwards', async () => {
  const answered = rejection(upstream.sim(SIM, scopeFor(clock)));
  const request = await server.request(1);
  await upstream.close();
  await request.closed;
  expect(await answered).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  expect(await rejection(upstream.sim(SIM, scopeFor(clock)))).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  expect(clock.timers).toBe(0);
});

it('single-flight tells whether all present waiters are background operations, and when that changes', async () => {
  const flights = new InFlightRequests<void>(clock);
  let flight: Flight | undefined;
  const start = (of: Flight) => {
    flight = of;
    return new Promise<void>(() => {});
  };
  const changes: (boolean | undefined)[] = [];
  const join = (background: boolean, leftMs?: number) => {
    const scope = scopeFor(clock, leftMs, { background });
    const left = rejection(flights.join(SIM, scope, start).result);
    return { abort: () => scope.abort('gone'), left };
  };
  const polls = [join(true), join(true)];
  flight?.watchPriority(() => changes.push(flight?.isBackground()));
  expect(flight?.isBackground()).toBe(true);
  const query = join(false);
  join(false, 1_000);
  polls[0]?.abort();
  query.abort();
  expect(changes).toEqual([false]);
  clock.advance(1_000);
  expect(changes).toEqual([false, true]);
  join(false);
  expect(changes).toEqual([false, true, false]);
  flight?.watchPriority(null);
  flights.close(new Error('closed'));
  expect(await query.left).toBe('gone');
});

it('single-flight sends a background request that waits as soon as an operation with a caller joins it', async () => {
  await upstream.close();
  upstream = connectWireless(settingsFor(server.url, { concurrency: 2 }), clock);
  const poll = (sid: string) => upstream.sim(sid, scopeFor(clock, 30_000, { background: true }));
  const polls = [poll(simSid(1)), poll(simSid(2)), poll(simSid(3))];
  const first = await server.request(1);
  await server.roundTrip();
  expect(server.received.map(({ path }) => path)).toEqual([`/v1/Sims/${simSid(1)}`]);
  const scope = scopeFor(clock);
  const query = upstream.sim(simSid(3), scope);
  const second = await server.request(2);
  expect(second.path).toBe(`/v1/Sims/${simSid(3)}`);
  sendJson(second, 200, wireSim(simSid(3)));
  expect((await query)?.sid).toBe(simSid(3));
  expect(scope.cost).toMatchObject({ requests: 0, cacheHits: 1 });
  sendJson(first, 200, wireSim(simSid(1)));
  sendJson(await server.request(3), 200, wireSim(simSid(2)));
  expect((await Promise.all(polls)).map((sim) => sim?.sid)).toEqual([simSid(1), simSid(2), simSid(3)]);
});
