import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UpstreamError } from '../../src/upstream/errors.js';
import { ConcurrencyLimiter, type Permit } from '../../src/upstream/resilience/concurrency-limiter.js';
import type { Flight } from '../../src/upstream/resilience/flight.js';
import { systemClock } from '../../src/util/clock.js';
import { flightFor, rejection, scopeFor, settingsFor, simSid, wireSim } from './fixtures.js';
import { ManualClock } from './manual-clock.js';
import { type Received, StubServer, sendJson } from './stub-server.js';
import { connectWireless } from './wireless.js';

let clock: ManualClock;
let limiter: ConcurrencyLimiter;

beforeEach(() => {
  clock = new ManualClock();
  limiter = new ConcurrencyLimiter(8, clock);
});

const servers: StubServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

function flight(leftMs?: number) {
  return flightFor(clock, leftMs);
}

/** Acquires a permit, as a promise in any case. */
function acquire(of: Flight): Promise<Permit> {
  return Promise.resolve(limiter.acquire(of));
}

function permits(count: number): Promise<Permit[]> {
  return Promise.all(Array.from({ length: count }, () => acquire(flight())));
}

it('ConcurrencyLimiter.acquire returns a permit while one is available, else a promise', async () => {
  const acquired = Array.from({ length: 9 }, () => limiter.acquire(flight()));
  expect(acquired.map((permit) => permit instanceof Promise)).toEqual([...Array(8).fill(false), true]);
  (await acquired[0])?.release();
  await acquired[8];
});

it('ConcurrencyLimiter.acquire throws for an aborted request and takes no permit', async () => {
  const gone = flight();
  gone.abort();
  expect(() => limiter.acquire(gone)).toThrow('gone');
  expect((await permits(8)).length).toBe(8);
});

it('ConcurrencyLimiter grants permits up to the limit, then in order of arrival', async () => {
  const held = await permits(8);
  const order: number[] = [];
  const waiting = [1, 2, 3].map((number) => acquire(flight()).then(() => order.push(number)));
  await Promise.resolve();
  expect(order).toEqual([]);
  for (const permit of held.slice(0, 3)) permit.release();
  await Promise.all(waiting);
  expect(order).toEqual([1, 2, 3]);
});

it('ConcurrencyLimiter removes an aborted request from the queue, and grants its permit to the next one', async () => {
  const [permit] = await permits(8);
  const leaver = flight();
  const left = rejection(acquire(leaver));
  const next = acquire(flight());
  leaver.abort();
  expect(await left).toBe('gone');
  permit?.release();
  await next;
});

it('ConcurrencyLimiter halves the limit once for a burst of 429 responses', async () => {
  const burst = await permits(8);
  for (const permit of burst) permit.throttled();
  expect(limiter.limit).toBe(4);
  for (const permit of burst) permit.release();
  const [later] = await permits(1);
  later?.throttled();
  expect(limiter.limit).toBe(2);
});

it('ConcurrencyLimiter keeps the limit between one and the configured maximum', async () => {
  for (let i = 0; i < 6; i++) {
    const [permit] = await permits(1);
    permit?.throttled();
    permit?.release();
  }
  expect(limiter.limit).toBe(1);
  for (let i = 0; i < 100; i++) {
    const [permit] = await permits(1);
    permit?.succeeded();
    permit?.release();
  }
  expect(limiter.limit).toBe(8);
});

it('ConcurrencyLimiter raises the limit by one for each round of successful requests', async () => {
  const [first] = await permits(1);
  first?.throttled();
  first?.release();
  for (const permit of await permits(4)) {
    permit.succeeded();
    permit.release();
  }
  expect(limiter.limit).toBe(4);
  const [one] = await permits(1);
  one?.succeeded();
  expect(limiter.limit).toBe(5);
});

it('ConcurrencyLimiter.hold rejects requests whose deadline is before the end of the hold', async () => {
  await permits(8);
  const impatient = rejection(acquire(flight(1_000)));
  const patient = acquire(flight(60_000));
  limiter.hold(clock.now() + 5_000, new UpstreamError('RATE_LIMITED', 'limited', { status: 429 }));
  expect(await impatient).toMatchObject({ code: 'RATE_LIMITED', retryAfter: 5, facts: { status: 429 } });
  const order: string[] = [];
  void patient.then(() => order.push('granted'));
  await Promise.resolve();
  expect(order).toEqual([]);
});

describe('ConcurrencyLimiter.hold for more than 30 seconds', () => {
  const limited = () => new UpstreamError('RATE_LIMITED', 'limited', { status: 429 }, 3600);
  const impatient = () => rejection(acquire(flight(20_000)));

  beforeEach(() => limiter.hold(clock.now() + 3_600_000, limited()));

  it('pauses all requests for 30 seconds and reports the remaining time', async () => {
    clock.advance(29_999);
    expect(limiter.held).toBe(true);
    expect(await impatient()).toMatchObject({ code: 'RATE_LIMITED', retryAfter: 3571 });
  });

  it('sends one probe every 30 seconds, one at a time', async () => {
    for (let left = 3570; left > 3400; left -= 30) {
      clock.advance(30_000);
      expect(limiter.held).toBe(false);
      const probe = await acquire(flight(20_000));
      expect(limiter.held).toBe(true);
      expect(await impatient()).toMatchObject({ retryAfter: left });
      probe.throttled();
      probe.release();
      expect(await impatient()).toMatchObject({ retryAfter: left });
    }
    clock.advance(30_000);
    await acquire(flight(20_000));
    // The probe is still in flight when the next one would be due.
    clock.advance(30_000);
    expect(await impatient()).toMatchObject({ code: 'RATE_LIMITED' });
  });

  it('ends when the upstream responds to a probe', async () => {
    clock.advance(30_000);
    const probe = await acquire(flight(20_000));
    probe.responded();
    probe.release();
    expect(limiter.held).toBe(false);
    expect((await permits(8)).length).toBe(8);
  });

  it('does not end with the response to an earlier request', async () => {
    limiter = new ConcurrencyLimiter(8, clock);
    const [before] = await permits(1);
    limiter.hold(clock.now() + 3_600_000, limited());
    before?.responded();
    before?.release();
    expect(await impatient()).toMatchObject({ code: 'RATE_LIMITED' });
  });

  it('uses a waiting request as the probe', async () => {
    const waiting = acquire(flight(7_200_000));
    let granted = false;
    void waiting.then(() => {
      granted = true;
    });
    clock.advance(29_999);
    await Promise.resolve();
    expect(granted).toBe(false);
    clock.advance(1);
    (await waiting).release();
  });

  it('sets no repeated timer while no permit is available for the probe', async () => {
    limiter = new ConcurrencyLimiter(1, clock);
    const [before] = await permits(1);
    limiter.hold(clock.now() + 3_600_000, limited());
    const waiting = acquire(flight(7_200_000));
    clock.advance(60_000);
    expect(clock.timers).toBe(1);
    before?.release();
    (await waiting).release();
  });
});

it('ConcurrencyLimiter.hold for 30 seconds is not probed', async () => {
  limiter.hold(clock.now() + 30_000, new UpstreamError('RATE_LIMITED', 'limited', { status: 429 }));
  expect(limiter.held).toBe(false);
  clock.advance(29_999);
  expect(await rejection(acquire(flight(1)))).toMatchObject({ code: 'RATE_LIMITED', retryAfter: 1 });
  clock.advance(1);
  expect((await permits(8)).length).toBe(8);
});

it('the upstream client serves all requests of an upstream that rejects more than five at once', async () => {
  const server = await StubServer.start();
  servers.push(server);
  let served = 0;
  server.answer = (request) => {
    if (server.open > 5) {
      sendJson(request, 429, { code: 20429, message: 'Too many requests' });
      return;
    }
    served += 1;
    setImmediate(() => sendJson(request, 200, wireSim(request.path.slice('/v1/Sims/'.length))));
  };
  const upstream = connectWireless(settingsFor(server.url), systemClock);
  const sims = await Promise.all(
    Array.from({ length: 200 }, (_, index) => upstream.sim(simSid(index), scopeFor(systemClock))),
  );
  await upstream.close();
  expect(sims.every((sim) => sim !== null)).toBe(true);
  expect(served).toBe(200);
  expect(server.received.length).toBeLessThan(300);
});

it('the upstream client has at most `concurrency` requests in flight', async () => {
  const pending: Received[] = [];
  const server = await StubServer.start((request) => {
    pending.push(request);
    if (pending.length < 3) return;
    for (const each of pending.splice(0)) sendJson(each, 200, wireSim(each.path.slice('/v1/Sims/'.length)));
  });
  servers.push(server);
  const upstream = connectWireless(settingsFor(server.url, { concurrency: 3 }), systemClock);
  await Promise.all(Array.from({ length: 30 }, (_, n) => upstream.sim(simSid(n), scopeFor(systemClock))));
  await upstream.close();
  expect(server.mostOpen).toBe(3);
});
