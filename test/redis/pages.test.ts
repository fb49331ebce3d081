import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseRedisUrl } from '../../src/config/redis-url.js';
import { connectRedis } from '../../src/redis/index.js';
import type {
  PageLease,
  SharedPages,
  SharedResponse,
  SharedState,
} from '../../src/upstream/shared/shared-state.js';
import { systemClock } from '../../src/util/clock.js';
import { hasRedis, startRedis } from '../support/redis.js';
import { flightFor, SIM, scopeFor, settingsFor, wireSim } from '../upstream/fixtures.js';
import { StubServer, sendJson } from '../upstream/stub-server.js';
import { connectWireless } from '../upstream/wireless.js';

const PATH = `/v1/Sims/${SIM}`;
const TTL_MS = 60_000;
const ACCOUNT = {
  name: 'AC1',
  secret: 'secret-word',
  limit: 4,
  attemptTimeoutMs: 1_000,
  cacheTtlMs: TTL_MS,
  staleIfErrorMs: 600_000,
};

const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const part of opened.splice(0).reverse()) await part.close();
});

/** Connects instances that share an account. */
async function connectInstances(count: number): Promise<SharedState[]> {
  const redis = await startRedis();
  opened.push(redis);
  const secret = randomBytes(32);
  const states: SharedState[] = [];
  for (let index = 0; index < count; index += 1) {
    const instance = await connectRedis({
      address: parseRedisUrl(redis.url),
      secret,
      clock: systemClock,
      log: { info() {}, warn() {} },
      observe: () => ({ failed() {} }),
    });
    opened.push(instance);
    states.push(instance.account(ACCOUNT));
  }
  return states;
}

function response(name: string, ageMs = 0): SharedResponse {
  const body = Buffer.from(JSON.stringify(wireSim(SIM, { friendly_name: name })));
  return { status: 200, requestId: null, body, sentAt: systemClock.now() - ageMs };
}

const isLease = (claimed: SharedResponse | PageLease | null): claimed is PageLease =>
  claimed !== null && 'lease' in claimed;

describe.skipIf(!hasRedis)('SharedPages.claim with a maximum age', () => {
  let states: SharedState[];
  let first: SharedPages;
  let second: SharedPages;

  beforeEach(async () => {
    states = await connectInstances(2);
    const [one, other] = states.map(({ pages }) => pages);
    if (!one || !other) throw new Error('expected pages');
    first = one;
    second = other;
  });

  afterEach(async () => {
    for (const state of states) await state.close();
  });

  const claim = (pages: SharedPages, maxAgeMs?: number) =>
    pages.claim(PATH, flightFor(systemClock), maxAgeMs);

  /** What a claim finds: the name in the response, or `lease`, which is given up. */
  async function found(pages: SharedPages, maxAgeMs?: number): Promise<string | null> {
    const claimed = await claim(pages, maxAgeMs);
    if (!isLease(claimed)) return claimed && JSON.parse(claimed.body.toString()).friendly_name;
    claimed.abandon();
    return 'lease';
  }

  /** Shares a response that was requested `ageMs` ago, and waits until the other instance finds it. */
  async function share(name: string, ageMs: number): Promise<void> {
    const lease = await claim(first);
    if (!isLease(lease)) throw new Error('expected a lease');
    lease.share(response(name, ageMs));
    // Redis executes the commands of one connection in order.
    await first.stale(PATH);
  }

  it('finds a response that is younger, and gives a lease in place of an older one', async () => {
    await share('page', 20_000);
    expect(await found(second)).toBe('page');
    expect(await found(second, 30_000)).toBe('page');
    expect(await found(second, 10_000)).toBe('lease');
    expect(await found(second, 0)).toBe('lease');
  });

  it('gives a lease in place of a response that is CACHE_TTL_MS old, whatever the maximum age is', async () => {
    await share('page', TTL_MS + 10_000);
    expect(await found(second, 2 * TTL_MS)).toBe('lease');
    expect(await found(second)).toBe('lease');
  });

  it('does not affect the age of a response that replaces an error', async () => {
    await share('page', TTL_MS + 10_000);
    expect(await found(second, 1_000)).toBe('lease');
    expect((await second.stale(PATH))?.status).toBe(200);
  });

  it('waits for the newer response of another instance, while others use the older one', async () => {
    await share('older', 20_000);
    const lease = await claim(first, 10_000);
    const waiting = found(second, 10_000);
    expect(await found(second)).toBe('older');
    if (isLease(lease)) lease.share(response('newer'));
    expect(await waiting).toBe('newer');
  });

  it('upstream clients of two instances that poll a page send one request', async () => {
    await share('older', 20_000);
    const server = await StubServer.start((request) =>
      sendJson(request, 200, wireSim(SIM, { friendly_name: `response ${request.number}` })),
    );
    opened.push({ close: () => server.stop() });
    const upstreams = states.map((shared) =>
      connectWireless(settingsFor(server.url, { cacheTtlMs: TTL_MS, shared }), systemClock),
    );
    const poll = { background: true, maxAgeMs: 10_000 };
    const polled = await Promise.all(
      upstreams.map((upstream) => upstream.sim(SIM, scopeFor(systemClock, 30_000, poll))),
    );
    for (const upstream of upstreams) await upstream.close();
    expect(polled.map((sim) => sim?.friendlyName)).toEqual(['response 1', 'response 1']);
    expect(server.received).toHaveLength(1);
  });
});
