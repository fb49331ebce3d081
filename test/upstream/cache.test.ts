import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Cache } from '../../src/upstream/cache/cache.js';
import type { UpstreamSettings } from '../../src/upstream/settings.js';
import { rejection, SIM, scopeFor, settingsFor, simSid, wireSim } from './fixtures.js';
import { ManualClock } from './manual-clock.js';
import { StubServer, sendJson } from './stub-server.js';
import { connectWireless, type WirelessUpstream } from './wireless.js';

let server: StubServer;
let clock: ManualClock;
const open: WirelessUpstream[] = [];
/** Status of each response. */
let status: number;

beforeEach(async () => {
  status = 200;
  server = await StubServer.start((request) =>
    sendJson(
      request,
      status,
      status === 200 ? wireSim(SIM, { friendly_name: `response ${request.number}` }) : { message: 'no' },
    ),
  );
  clock = new ManualClock();
});

afterEach(async () => {
  for (const upstream of open.splice(0)) await upstream.close();
  await server.stop();
});

function upstreamWith(changes: Partial<UpstreamSettings>): WirelessUpstream {
  const upstream = connectWireless(settingsFor(server.url, changes), clock);
  open.push(upstream);
  return upstream;
}

describe('the response cache', () => {
  it('returns responses until they are CACHE_TTL_MS old', async () => {
    const upstream = upstreamWith({ cacheTtlMs: 2_000 });
    await upstream.sim(SIM, scopeFor(clock));
    clock.advance(1_999);
    const scope = scopeFor(clock);
    expect((await upstream.sim(SIM, scope))?.friendlyName).toBe('response 1');
    expect(scope.cost).toMatchObject({ requests: 0, retries: 0, cacheHits: 1, staleMs: 0 });
    clock.advance(1);
    expect((await upstream.sim(SIM, scope))?.friendlyName).toBe('response 2');
    expect(scope.cost).toMatchObject({ requests: 1, cacheHits: 1 });
  });

  it('counts the age from when the request was sent', async () => {
    const { answer } = server;
    server.answer = () => {};
    const upstream = upstreamWith({ cacheTtlMs: 2_000 });
    const first = upstream.sim(SIM, scopeFor(clock));
    const request = await server.request(1);
    clock.advance(1_500);
    server.answer = answer;
    answer(request);
    await first;
    clock.advance(500);
    expect((await upstream.sim(SIM, scopeFor(clock)))?.friendlyName).toBe('response 2');
  });

  it('caches that a SIM does not exist', async () => {
    status = 404;
    const upstream = upstreamWith({ cacheTtlMs: 2_000 });
    expect(await upstream.sim(SIM, scopeFor(clock))).toBeNull();
    expect(await upstream.sim(SIM, scopeFor(clock))).toBeNull();
    expect(server.received).toHaveLength(1);
  });

  it('is disabled when CACHE_TTL_MS is 0', async () => {
    const upstream = upstreamWith({ cacheTtlMs: 0, staleIfErrorMs: 60_000 });
    await upstream.sim(SIM, scopeFor(clock));
    await upstream.sim(SIM, scopeFor(clock));
    expect(server.received).toHaveLength(2);
  });

  it('returns no response that is as old as the maximum age of the operation', async () => {
    const upstream = upstreamWith({ cacheTtlMs: 2_000 });
    await upstream.sim(SIM, scopeFor(clock));
    const poll = () => upstream.sim(SIM, scopeFor(clock, 30_000, { maxAgeMs: 1_000 }));
    clock.advance(999);
    expect((await poll())?.friendlyName).toBe('response 1');
    clock.advance(1);
    expect((await poll())?.friendlyName).toBe('response 2');
    // The newer response is that of later operations, too.
    clock.advance(1_500);
    expect((await upstream.sim(SIM, scopeFor(clock)))?.friendlyName).toBe('response 2');
    expect(server.received).toHaveLength(2);
  });

  it('returns no response that is CACHE_TTL_MS old to an operation with a longer maximum age', async () => {
    const upstream = upstreamWith({ cacheTtlMs: 2_000 });
    await upstream.sim(SIM, scopeFor(clock));
    clock.advance(2_000);
    const scope = scopeFor(clock, 30_000, { maxAgeMs: 60_000 });
    expect((await upstream.sim(SIM, scope))?.friendlyName).toBe('response 2');
  });

  it('lets an operation join a request in flight, whatever its maximum age is', async () => {
    const { answer } = server;
    server.answer = () => {};
    const upstream = upstreamWith({ cacheTtlMs: 2_000 });
    const first = upstream.sim(SIM, scopeFor(clock));
    const request = await server.request(1);
    clock.advance(1_500);
    const joined = upstream.sim(SIM, scopeFor(clock, 30_000, { maxAgeMs: 1_000 }));
    answer(request);
    expect(await joined).toBe(await first);
  });

  it('returns each SIM of a cached listing', async () => {
    server.answer = (request) =>
      sendJson(request, 200, { sims: [1, 2].map((n) => wireSim(simSid(n))), meta: { next_page_url: null } });
    const upstream = upstreamWith({ cacheTtlMs: 2_000 });
    const listing = await upstream.sims(scopeFor(clock));
    expect(listing.complete).toBe(true);
    const scope = scopeFor(clock);
    expect(await upstream.sim(simSid(2), scope)).toBe(listing.sims[1]);
    expect(scope.cost).toMatchObject({ requests: 0, cacheHits: 1 });
    expect(server.received.map(({ path }) => path)).toEqual(['/v1/Sims?PageSize=1000']);
  });
});

describe('stale-if-error', () => {
  it('serves a stale response with its age until STALE_IF_ERROR_MS', async () => {
    const upstream = upstreamWith({ staleIfErrorMs: 60_000 });
    await upstream.sim(SIM, scopeFor(clock));
    status = 500;
    clock.advance(59_000);
    const scope = scopeFor(clock);
    expect((await upstream.sim(SIM, scope))?.friendlyName).toBe('response 1');
    expect(scope.cost).toMatchObject({ requests: 1, retries: 0, cacheHits: 1, staleMs: 59_000 });
    clock.advance(1_000);
    expect(await rejection(upstream.sim(SIM, scopeFor(clock)))).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
    });
  });

  it('serves a stale response that is older than the maximum age of the operation', async () => {
    const upstream = upstreamWith({ cacheTtlMs: 2_000, staleIfErrorMs: 60_000 });
    await upstream.sim(SIM, scopeFor(clock));
    status = 500;
    clock.advance(1_500);
    const scope = scopeFor(clock, 30_000, { maxAgeMs: 1_000 });
    expect((await upstream.sim(SIM, scope))?.friendlyName).toBe('response 1');
    expect(scope.cost).toMatchObject({ requests: 1, staleMs: 1_500 });
  });

  it('serves a stale response for a timeout and for a 429', async () => {
    const upstream = upstreamWith({ staleIfErrorMs: 60_000 });
    await upstream.sim(SIM, scopeFor(clock));
    server.answer = () => {};
    const slow = upstream.sim(SIM, scopeFor(clock));
    await server.request(2);
    clock.advance(10_000);
    expect((await slow)?.friendlyName).toBe('response 1');
    server.answer = (request) => sendJson(request, 429, {}, { 'retry-after': '40' });
    expect((await upstream.sim(SIM, scopeFor(clock)))?.friendlyName).toBe('response 1');
  });

  it.each([400, 401, 403, 302])('serves no stale response for a %i', async (rejected) => {
    const upstream = upstreamWith({ staleIfErrorMs: 60_000 });
    await upstream.sim(SIM, scopeFor(clock));
    status = rejected;
    await rejection(upstream.sim(SIM, scopeFor(clock)));
    expect(server.received).toHaveLength(2);
  });

  it('serves no stale response when STALE_IF_ERROR_MS is 0', async () => {
    const upstream = upstreamWith({ cacheTtlMs: 2_000, staleIfErrorMs: 0 });
    await upstream.sim(SIM, scopeFor(clock));
    status = 500;
    clock.advance(2_000);
    await rejection(upstream.sim(SIM, scopeFor(clock)));
  });
});

describe('Cache', () => {
  const settings = { ttlMs: 1_000, staleIfErrorMs: 0, maxBytes: 3_000 };
  const entry = (value: number) => ({ value, bytes: 500, sentAt: clock.now() });

  it('removes the least recently used entry when it is full', () => {
    const cache = new Cache<number>(settings, clock.now);
    for (const n of [1, 2, 3]) cache.put(`${n}`, entry(n));
    cache.fresh('1');
    cache.put('4', entry(4));
    expect(['1', '2', '3', '4'].filter((key) => cache.fresh(key))).toEqual(['1', '3', '4']);
  });

  it('ignores an entry larger than its capacity', () => {
    const cache = new Cache<number>(settings, clock.now);
    cache.put('large', { ...entry(1), bytes: 5_000 });
    expect(cache.fresh('large')).toBeUndefined();
    for (const n of [1, 2, 3]) cache.put(`${n}`, entry(n));
    expect(cache.fresh('1')?.value).toBe(1);
  });

  it('keeps the response whose request was sent last', () => {
    const cache = new Cache<number>(settings, clock.now);
    cache.put('key', entry(2));
    cache.put('key', { ...entry(1), sentAt: clock.now() - 10 });
    expect(cache.fresh('key')?.value).toBe(2);
  });
});
