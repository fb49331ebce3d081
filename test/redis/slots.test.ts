import { spawn } from 'node:child_process';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { capacity, nextChange, type SlotStanding, shareOf } from '../../src/redis/slot-share.js';
import type { SandboxOptions } from '../../src/sandbox/index.js';
import { hold } from '../support/hold.js';
import { type Instance, type Instances, startInstances } from '../support/instances.js';
import { hasRedis, startRedis, type TestRedis } from '../support/redis.js';

describe('the share of an instance', () => {
  const TIMES = { attemptMs: 10_000, leaseMs: 5000 };
  /** Slots held by instances when Redis is lost: one is kept free for each that holds none. */
  const heldSlots = fc
    .record({ limit: fc.integer({ min: 1, max: 60 }), count: fc.integer({ min: 1, max: 8 }) })
    .filter(({ limit, count }) => count <= limit)
    .chain(({ limit, count }) =>
      fc.record({
        limit: fc.constant(limit),
        held: fc
          .array(fc.integer({ min: 0, max: limit }), { minLength: count, maxLength: count })
          .map((wanted) => grantedOf(limit, wanted)),
      }),
    );

  /** Grants as the script does: a slot stays free for each instance that holds none. */
  function grantedOf(limit: number, wanted: readonly number[]): number[] {
    const held = wanted.map(() => 0);
    for (const [index, want] of wanted.entries()) {
      for (let slot = 0; slot < want; slot += 1) {
        const total = held.reduce((sum, count) => sum + count, 0);
        const idle = held.filter((count, other) => other !== index && count === 0).length;
        const mine = held[index] ?? 0;
        if (total < limit && (mine === 0 || total + idle < limit)) held[index] = mine + 1;
      }
    }
    return held;
  }

  it('never lets all instances together pass the limit after Redis is lost, nor while it comes back', () => {
    fc.assert(
      fc.property(
        heldSlots,
        fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 8 }),
        ({ limit, held }, moments) => {
          const instances = held.length;
          const ends = TIMES.attemptMs + 1500;
          for (const now of moments) {
            const inFlight = held.map((slots, index) => {
              // Each comes back at another time, or not at all.
              const back = moments[index] ?? 0;
              const standing: SlotStanding = {
                limit,
                instances,
                lost: { at: 0, held: slots },
                backAt: back <= now && back > now - TIMES.leaseMs ? back : null,
              };
              const own = capacity(standing, TIMES, now);
              // Requests that were in flight at the loss may still be.
              return now < ends ? Math.max(own, slots) : own;
            });
            expect(inFlight.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(limit);
          }
        },
      ),
    );
  });

  it('is at least one, and the whole limit only while Redis works or has been back for a lease', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 200 }), (limit, instances) => {
        const lost = { at: 0, held: 0 };
        const standing = { limit, instances, lost, backAt: null };
        expect(capacity({ ...standing, lost: null }, TIMES, 0)).toBe(limit);
        expect(capacity(standing, TIMES, 0)).toBe(1);
        expect(capacity(standing, TIMES, 60_000)).toBe(shareOf(limit, instances));
        expect(shareOf(limit, instances)).toBeGreaterThanOrEqual(1);
        expect(capacity({ ...standing, backAt: 60_000 }, TIMES, 64_999)).toBe(shareOf(limit, instances));
        expect(capacity({ ...standing, backAt: 60_000 }, TIMES, 65_000)).toBe(limit);
      }),
    );
  });

  it('changes without an event at no other time than announced', () => {
    const times = fc.integer({ min: 0, max: 40_000 });
    fc.assert(
      fc.property(times, times, times, fc.integer({ min: 0, max: 20 }), (back, now, later, held) => {
        const standing = { limit: 20, instances: 3, lost: { at: 0, held }, backAt: back };
        const change = nextChange(standing, TIMES, now);
        if (back > now || later < now || (change !== null && later >= change)) return;
        expect(capacity(standing, TIMES, later)).toBe(capacity(standing, TIMES, now));
      }),
    );
  });
});

describe.skipIf(!hasRedis)('UPSTREAM_CONCURRENCY with REDIS_URL', () => {
  const LIMIT = 4;
  const LATENCY_MS = 40;
  let redis: TestRedis | null = null;
  let group: Instances | null = null;

  afterEach(async () => {
    await group?.close();
    await redis?.close();
    group = null;
    redis = null;
  });

  async function startThree(env: Record<string, string> = {}, options: SandboxOptions = {}) {
    redis = await startRedis();
    const settings = {
      REDIS_URL: redis.url,
      UPSTREAM_CONCURRENCY: String(LIMIT),
      UPSTREAM_TIMEOUT_MS: '1000',
    };
    group = await startInstances(
      3,
      { ...settings, CACHE_TTL_MS: '0', STALE_IF_ERROR_MS: '0', ...env },
      { latencyMs: LATENCY_MS, ...options },
    );
    for (const instance of group.instances) await becomes(instance, 'ok');
    return { ...group, redis };
  }

  const becomes = (instance: Instance, state: string) =>
    vi.waitFor(async () => expect(await instance.redisState()).toBe(state), 15_000);

  /** Sends operations with distinct pages to all instances at once. */
  async function load({ sandbox, instances }: Instances, each: number): Promise<void> {
    const answers = await Promise.all(
      instances.flatMap((instance) =>
        Array.from({ length: each }, (_, index) =>
          instance.post({
            query: `{ sim(sid: "${sandbox.simSids[index % 20]}") { dataSessions(first: ${index + 1}) { nodes { id } } } }`,
          }),
        ),
      ),
    );
    expect(answers.flatMap(({ codes }) => codes)).toEqual([]);
  }

  const registered = async (server: TestRedis) => {
    const [key = ''] = /wireless-gateway:1:slots:\S+/.exec(await server.command('KEYS *slots*')) ?? [];
    return (await server.command(`HVALS ${key}`)).match(/^\d+ \d+ \d+\r$/gm) ?? [];
  };

  it('is one limit of all instances, each of which is served', async () => {
    const started = await startThree();
    await load(started, 15);
    expect(started.sandbox.requests).toHaveLength(45);
    expect(started.sandbox.maxInFlight).toBeLessThanOrEqual(LIMIT);
    expect(started.sandbox.maxInFlight).toBeGreaterThan(1);
  });

  it('can be used by one instance alone, except for one request of each other one', async () => {
    const started = await startThree();
    const [busy] = started.instances;
    await vi.waitFor(
      async () => {
        started.sandbox.clearRequests();
        await load({ ...started, instances: busy === undefined ? [] : [busy] }, 12);
        expect(started.sandbox.maxInFlight).toBe(LIMIT - 2);
      },
      { timeout: 15_000 },
    );
  });

  it('shows a request that waits for the limit of all instances, and counts its wait', async () => {
    const { sandbox, instances } = await startThree({ UPSTREAM_CONCURRENCY: '3' }, { latencyMs: 0 });
    const [first, second] = instances;
    if (first === undefined || second === undefined) throw new Error('expected instances');
    const respond = hold(sandbox);
    const ask = (instance: Instance, index: number) =>
      instance.post({ query: `{ sim(sid: "${sandbox.simSids[index]}") { status } }` });
    const own = ask(first, 0);
    await sandbox.requestStarted(1);
    // The third slot is kept free for the third instance, so one of these waits.
    const others = [ask(second, 1), ask(second, 2)];
    await vi.waitFor(async () => {
      const waiting = await second.metrics();
      expect(waiting).toContain('gateway_upstream_queue_length{account="default"} 1\n');
      expect(waiting).toContain('gateway_upstream_requests_in_flight{account="default"} 1\n');
    });
    expect(await second.metrics()).toContain('gateway_upstream_wait_seconds_count{account="default"} 0\n');
    respond();
    await Promise.all([own, ...others]);
    expect(await second.metrics()).toContain('gateway_upstream_wait_seconds_count{account="default"} 1\n');
    expect(await second.metrics()).toContain('gateway_upstream_queue_length{account="default"} 0\n');
    expect(await first.metrics()).toContain('gateway_upstream_wait_seconds_count{account="default"} 0\n');
  });

  it('is not passed when Redis is gone, nor when it is back empty', async () => {
    const started = await startThree();
    await load(started, 6);
    const { port } = started.redis;
    const loading = load(started, 25);
    await started.sandbox.requestStarted(30);
    await started.redis.close();
    await loading;
    for (const instance of started.instances) await becomes(instance, 'down');
    const again = load(started, 25);
    await started.sandbox.requestStarted(100);
    redis = await startRedis({ port });
    await again;
    await load(started, 10);
    expect(started.sandbox.requests).toHaveLength(18 + 75 + 75 + 30);
    expect(started.sandbox.maxInFlight).toBeLessThanOrEqual(LIMIT);
  });

  it('is not passed when Redis hangs, nor when it is flushed', async () => {
    const started = await startThree();
    await load(started, 6);
    const loading = load(started, 20);
    await started.sandbox.requestStarted(25);
    await started.redis.command('FLUSHALL');
    await started.sandbox.requestStarted(45);
    started.redis.hang(true);
    await loading;
    started.redis.hang(false);
    await load(started, 10);
    expect(started.sandbox.requests).toHaveLength(18 + 60 + 30);
    expect(started.sandbox.maxInFlight).toBeLessThanOrEqual(LIMIT);
  });

  it('is not held back by an instance that has stopped', async () => {
    const started = await startThree();
    await vi.waitFor(async () => expect(await registered(started.redis)).toHaveLength(3), 10_000);
    await started.instances[2]?.close();
    expect(await registered(started.redis)).toHaveLength(2);
  });

  it('is used in full again after an instance has crashed', async () => {
    const started = await startThree();
    await vi.waitFor(async () => expect(await registered(started.redis)).toHaveLength(3), 10_000);
    // What a process leaves that was ended by SIGKILL with all slots in its hands.
    const [key = ''] = /wireless-gateway:1:slots:\S+/.exec(await started.redis.command('KEYS *slots*')) ?? [];
    const ends = Date.now() + 3000;
    await hset(started.redis, key, 'crashed', `${ends} ${LIMIT} 0`);
    expect(await registered(started.redis)).toHaveLength(4);
    await load(started, 3);
    expect(Date.now()).toBeGreaterThanOrEqual(ends);
    expect(await registered(started.redis)).toHaveLength(3);
  });
});

/** The inline protocol needs quotes around a value with spaces. */
async function hset({ port }: TestRedis, key: string, field: string, value: string): Promise<void> {
  const cli = spawn('redis-cli', ['-p', String(port), 'HSET', key, field, value], { stdio: 'ignore' });
  await new Promise((resolve) => cli.once('exit', resolve));
}
