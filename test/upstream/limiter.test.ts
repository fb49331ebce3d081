import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UpstreamError } from '../../src/upstream/errors.js';
import { ConcurrencyLimiter, type Permit } from '../../src/upstream/resilience/concurrency-limiter.js';
import type { Flight } from '../../src/upstream/resilience/in-flight.js';
import { systemClock } from '../../src/util/clock.js';
import { rejection, scopeFor, settingsFor, simSid, wireSim } from './fixtures.js';
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

function flight(leftMs = 30_000) {
  const controller = new AbortController();
  const deadline = clock.now() + leftMs;
  return { signal: controller.signal, deadline: () => deadline, abort: () => controller.abort('gone') };
}

/** A place, in time: it comes at once where there is one. */
function acquire(of: Flight): Promise<Permit> {
  return Promise.resolve(limiter.acquire(of));
}

function slots(count: number): Promise<Permit[]> {
  return Promise.all(Array.from({ length: count }, () => acquire(flight())));
}

it('gives a place at once while there is one, and else a promise of one', async () => {
  const places = Array.from({ length: 9 }, () => limiter.acquire(flight()));
  expect(places.map((place) => place instanceof Promise)).toEqual([...Array(8).fill(false), true]);
  (await places[0])?.release();
  await places[8];
});

it('gives no place to whoever has given up, and does not count it as taken', async () => {
  const gone = flight();
  gone.abort();
  expect(() => limiter.acquire(gone)).toThrow('gone');
  expect((await slots(8)).length).toBe(8);
});

it('lets out as many requests as the bound, then in order of arrival', async () => {
  const held = await slots(8);
  const order: number[] = [];
  const waiting = [1, 2, 3].map((number) => acquire(flight()).then(() => order.push(number)));
  await Promise.resolve();
  expect(order).toEqual([]);
  for (const slot of held.slice(0, 3)) slot.release();
  await Promise.all(waiting);
  expect(order).toEqual([1, 2, 3]);
});

it('lets go of whoever gives up in the queue, and keeps the place for the next', async () => {
  const [slot] = await slots(8);
  const leaver = flight();
  const left = rejection(acquire(leaver));
  const next = acquire(flight());
  leaver.abort();
  expect(await left).toBe('gone');
  slot?.release();
  await next;
});

it('halves the bound once for a burst of refusals', async () => {
  const burst = await slots(8);
  for (const slot of burst) slot.throttled();
  expect(limiter.limit).toBe(4);
  for (const slot of burst) slot.release();
  const [later] = await slots(1);
  later?.throttled();
  expect(limiter.limit).toBe(2);
});

it('never goes below one, nor above the ceiling', async () => {
  for (let i = 0; i < 6; i++) {
    const [slot] = await slots(1);
    slot?.throttled();
    slot?.release();
  }
  expect(limiter.limit).toBe(1);
  for (let i = 0; i < 100; i++) {
    const [slot] = await slots(1);
    slot?.served();
    slot?.release();
  }
  expect(limiter.limit).toBe(8);
});

it('raises the bound by about one for each round of served requests', async () => {
  const [first] = await slots(1);
  first?.throttled();
  first?.release();
  for (const slot of await slots(4)) {
    slot.served();
    slot.release();
  }
  expect(limiter.limit).toBe(4);
  const [one] = await slots(1);
  one?.served();
  expect(limiter.limit).toBe(5);
});

it('answers those at once who cannot wait until a hold ends', async () => {
  await slots(8);
  const impatient = rejection(acquire(flight(1_000)));
  const patient = acquire(flight(60_000));
  limiter.hold(clock.now() + 5_000, new UpstreamError('RATE_LIMITED', 'limited', { status: 429 }));
  expect(await impatient).toMatchObject({ code: 'RATE_LIMITED', retryAfter: 5, facts: { status: 429 } });
  const order: string[] = [];
  void patient.then(() => order.push('let out'));
  await Promise.resolve();
  expect(order).toEqual([]);
});

describe('a long hold', () => {
  const limited = () => new UpstreamError('RATE_LIMITED', 'limited', { status: 429 }, 3600);
  const impatient = () => rejection(acquire(flight(20_000)));

  beforeEach(() => limiter.hold(clock.now() + 3_600_000, limited()));

  it('lets nothing out for 30 seconds, and tells how long it lasts', async () => {
    clock.advance(29_999);
    expect(limiter.held).toBe(true);
    expect(await impatient()).toMatchObject({ code: 'RATE_LIMITED', retryAfter: 3571 });
  });

  it('lets one probe out every 30 seconds, and only one at a time', async () => {
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
    // The probe is still under way when the next would be due.
    clock.advance(30_000);
    expect(await impatient()).toMatchObject({ code: 'RATE_LIMITED' });
  });

  it('ends when a probe is answered', async () => {
    clock.advance(30_000);
    const probe = await acquire(flight(20_000));
    probe.answered();
    probe.release();
    expect(limiter.held).toBe(false);
    expect((await slots(8)).length).toBe(8);
  });

  it('does not end when the answer is that of a request from before it', async () => {
    limiter = new ConcurrencyLimiter(8, clock);
    const [before] = await slots(1);
    limiter.hold(clock.now() + 3_600_000, limited());
    before?.answered();
    before?.release();
    expect(await impatient()).toMatchObject({ code: 'RATE_LIMITED' });
  });

  it('makes a probe of a request that can wait for it', async () => {
    const waiting = acquire(flight(7_200_000));
    let out = false;
    void waiting.then(() => {
      out = true;
    });
    clock.advance(29_999);
    await Promise.resolve();
    expect(out).toBe(false);
    clock.advance(1);
    (await waiting).release();
  });

  it('makes its probe wait while there is no room, without a timer that fires again and again', async () => {
    limiter = new ConcurrencyLimiter(1, clock);
    const [before] = await slots(1);
    limiter.hold(clock.now() + 3_600_000, limited());
    const waiting = acquire(flight(7_200_000));
    clock.advance(60_000);
    expect(clock.timers).toBe(1);
    before?.release();
    (await waiting).release();
  });
});

it('does not probe a hold of 30 seconds', async () => {
  limiter.hold(clock.now() + 30_000, new UpstreamError('RATE_LIMITED', 'limited', { status: 429 }));
  expect(limiter.held).toBe(false);
  clock.advance(29_999);
  expect(await rejection(acquire(flight(1)))).toMatchObject({ code: 'RATE_LIMITED', retryAfter: 1 });
  clock.advance(1);
  expect((await slots(8)).length).toBe(8);
});

it('gets everyone through an upstream that refuses more than five at once', async () => {
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

it('never has more requests in flight than configured', async () => {
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
