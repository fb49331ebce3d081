import { beforeEach, describe, expect, it } from 'vitest';
import { UpstreamError } from '../../src/upstream/errors.js';
import { ConcurrencyLimiter, type Permit } from '../../src/upstream/resilience/concurrency-limiter.js';
import type { Flight } from '../../src/upstream/resilience/flight.js';
import { flightFor, rejection } from './fixtures.js';
import { ManualClock } from './manual-clock.js';

let clock: ManualClock;
let limiter: ConcurrencyLimiter;

beforeEach(() => {
  clock = new ManualClock();
  limiter = new ConcurrencyLimiter(8, clock);
});

const query = (leftMs?: number) => flightFor(clock, leftMs);
const poll = (leftMs?: number) => flightFor(clock, leftMs, true);

/** Acquires a permit, as a promise in any case. */
function acquire(of: Flight): Promise<Permit> {
  return Promise.resolve(limiter.acquire(of));
}

/** Number of requests of a kind that get a permit without waiting, up to `count`. */
function immediate(of: () => Flight, count: number): number {
  const acquired = Array.from({ length: count }, () => limiter.acquire(of()));
  return acquired.filter((permit) => !(permit instanceof Promise)).length;
}

/** Acquires a permit and notes the name when it is granted. */
function noted(order: string[], name: string, of: Flight): Promise<Permit> {
  return acquire(of).then((permit) => {
    order.push(name);
    return permit;
  });
}

describe('ConcurrencyLimiter, of background requests', () => {
  it.each([
    { limit: 8, half: 4 },
    { limit: 5, half: 3 },
    { limit: 2, half: 1 },
    { limit: 1, half: 1 },
  ])('grants $half of $limit permits at once, and the others to queries', ({ limit, half }) => {
    limiter = new ConcurrencyLimiter(limit, clock);
    expect(immediate(poll, limit)).toBe(half);
    expect(limiter.queued).toBe(limit - half);
    expect(immediate(query, limit)).toBe(limit - half);
  });

  it('grants at most half of the present limit', async () => {
    const [first, ...held] = await Promise.all(Array.from({ length: 8 }, () => acquire(query())));
    const waiting = [poll(), poll(), poll()].map(acquire);
    first?.throttled();
    first?.release();
    expect(limiter.limit).toBe(4);
    for (const permit of held) permit.release();
    expect(limiter.inFlight).toBe(2);
    (await waiting[0])?.release();
    await waiting[2];
    expect(limiter.inFlight).toBe(2);
  });

  it('grants a permit after all queries that wait, in order of arrival', async () => {
    limiter = new ConcurrencyLimiter(1, clock);
    const held = await acquire(query());
    const order: string[] = [];
    const waiting = [
      noted(order, 'first poll', poll()),
      noted(order, 'first query', query()),
      noted(order, 'second poll', poll()),
      noted(order, 'second query', query()),
    ];
    held.release();
    for (const permit of [waiting[1], waiting[3], waiting[0], waiting[2]]) (await permit)?.release();
    expect(order).toEqual(['first query', 'second query', 'first poll', 'second poll']);
  });

  it('gets no permit before one that waits when the limit has just been raised', async () => {
    const first = await acquire(query());
    first.throttled();
    first.release();
    const held = await Promise.all([query(), query(), poll(), poll()].map(acquire));
    const earlier = acquire(poll());
    for (const permit of held) permit.succeeded();
    expect(limiter.limit).toBe(4);
    held[0]?.succeeded();
    expect(limiter.limit).toBe(5);
    const later = limiter.acquire(poll());
    await earlier;
    expect(later).toBeInstanceOf(Promise);
    expect(limiter.queued).toBe(1);
  });

  it('takes its place by arrival among the queries when a query joins it', async () => {
    limiter = new ConcurrencyLimiter(1, clock);
    const held = await acquire(query());
    const order: string[] = [];
    const joined = poll();
    const waiting = [
      noted(order, 'first', query()),
      noted(order, 'joined', joined),
      noted(order, 'third', query()),
    ];
    joined.become(false);
    held.release();
    for (const permit of waiting) (await permit).release();
    expect(order).toEqual(['first', 'joined', 'third']);
  });

  it('waits after the queries again when the query that joined it has left', async () => {
    limiter = new ConcurrencyLimiter(1, clock);
    const held = await acquire(query());
    const order: string[] = [];
    const joined = poll();
    const waiting = [
      noted(order, 'joined', joined),
      noted(order, 'poll', poll()),
      noted(order, 'query', query()),
    ];
    joined.become(false);
    joined.become(true);
    held.release();
    for (const index of [2, 0, 1]) (await waiting[index])?.release();
    expect(order).toEqual(['query', 'joined', 'poll']);
  });

  it('gets an available permit at once when a query joins it', async () => {
    expect(immediate(poll, 4)).toBe(4);
    const joined = poll();
    const granted = acquire(joined);
    expect(limiter.inFlight).toBe(4);
    joined.become(false);
    expect(limiter.inFlight).toBe(5);
    await granted;
  });

  it('holds its part of the permits until it is released, also when a query joins it', async () => {
    const joined = poll();
    const held = await acquire(joined);
    expect(immediate(poll, 3)).toBe(3);
    joined.become(false);
    expect(immediate(poll, 1)).toBe(0);
    held.release();
    expect(limiter.inFlight).toBe(4);
    expect(limiter.queued).toBe(0);
  });

  it('is rejected when it gets its turn after its deadline, and leaves the queue when it is aborted', async () => {
    limiter = new ConcurrencyLimiter(1, clock);
    const held = await acquire(query());
    const late = rejection(acquire(poll(1_000)));
    const leaver = poll();
    const left = rejection(acquire(leaver));
    const patient = acquire(poll());
    leaver.abort();
    expect(await left).toBe('gone');
    clock.advance(1_000);
    held.release();
    expect(await late).toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
    (await patient).release();
    expect(limiter.queued).toBe(0);
  });

  describe('during a hold of more than 30 seconds', () => {
    const hold = () =>
      limiter.hold(clock.now() + 3_600_000, new UpstreamError('RATE_LIMITED', 'limited', { status: 429 }));

    it('sends one as the probe', async () => {
      hold();
      const waiting = acquire(poll(7_200_000));
      clock.advance(30_000);
      (await waiting).responded();
      expect(limiter.held).toBe(false);
    });

    it('sends a query as the probe, if one waits', async () => {
      hold();
      const order: string[] = [];
      void noted(order, 'poll', poll(7_200_000));
      const waiting = noted(order, 'query', query(7_200_000));
      clock.advance(30_000);
      await waiting;
      expect(order).toEqual(['query']);
      expect(limiter.inFlight).toBe(1);
    });

    it('sends none as the probe while they hold half of the permits', async () => {
      const [first] = await Promise.all(Array.from({ length: 4 }, () => acquire(poll())));
      hold();
      const waiting = acquire(poll(7_200_000));
      clock.advance(60_000);
      expect(limiter.inFlight).toBe(4);
      first?.release();
      await waiting;
      expect(limiter.inFlight).toBe(4);
    });
  });
});
