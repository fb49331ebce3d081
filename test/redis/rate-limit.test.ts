import { afterEach, describe, expect, it, vi } from 'vitest';
import { WINDOW_MS } from '../../src/guards/rate-limit/sliding-window.js';
import { freePort } from '../support/free-port.mjs';
import { type Instance, type Instances, startInstances } from '../support/instances.js';
import { hasRedis, startRedis, type TestRedis } from '../support/redis.js';

const QUERY = { query: '{ __typename }' };

let redis: TestRedis | null = null;
let group: Instances | null = null;

afterEach(async () => {
  vi.restoreAllMocks();
  await group?.close();
  await redis?.close();
  group = null;
  redis = null;
});

/** Sets the clock of the rate limit to a time within a window. */
function setWindow(number: number, fraction: number): void {
  vi.spyOn(Date, 'now').mockReturnValue((number + fraction) * WINDOW_MS);
}

/** Sends operations to the instances in turn. @returns how many are accepted before the first rejection */
async function acceptedBy(instances: readonly Instance[], most: number): Promise<number> {
  for (let sent = 0; sent < most; sent += 1) {
    const { status } = (await instances[sent % instances.length]?.post(QUERY)) ?? { status: 0 };
    if (status === 429) return sent;
    expect(status).toBe(200);
  }
  return most;
}

describe.skipIf(!hasRedis)('RATE_LIMIT with REDIS_URL', () => {
  it('counts the operations of a caller at all instances together', async () => {
    redis = await startRedis();
    group = await startInstances(2, { RATE_LIMIT: '6', REDIS_URL: redis.url });
    expect(await acceptedBy(group.instances, 20)).toBe(6);
  });

  it('counts the last 60 seconds, not the minute of the clock', async () => {
    redis = await startRedis();
    group = await startInstances(2, { RATE_LIMIT: '6', REDIS_URL: redis.url });
    setWindow(1000, 0.9);
    expect(await acceptedBy(group.instances, 20)).toBe(6);
    setWindow(1001, 0);
    expect(await acceptedBy(group.instances, 20)).toBe(0);
    // Half of the six lie within the last 60 seconds now.
    setWindow(1001, 0.5);
    expect(await acceptedBy(group.instances, 20)).toBe(3);
  });

  it('keeps the counts of a caller for two minutes, under a name that does not show the caller', async () => {
    redis = await startRedis();
    group = await startInstances(1, { RATE_LIMIT: '6', REDIS_URL: redis.url });
    await group.instances[0]?.post(QUERY);
    const keys = await redis.command('KEYS *rate*');
    const [key = ''] = /wireless-gateway:1:rate:\S+/.exec(keys) ?? [];
    const secondsLeft = Number((await redis.command(`TTL ${key}`)).slice(1));
    expect(secondsLeft).toBeGreaterThan(0);
    expect(secondsLeft).toBeLessThanOrEqual(120);
    expect(keys).not.toContain('127.0.0.1');
  });

  it('is counted by each instance alone while Redis is gone', async () => {
    redis = await startRedis();
    group = await startInstances(2, { RATE_LIMIT: '6', REDIS_URL: redis.url });
    await redis.close();
    expect(await acceptedBy(group.instances, 20)).toBe(12);
  });

  it('is in force when Redis has never been there, and the password in its URL is not logged', async () => {
    const REDIS_URL = `redis://:a-password@127.0.0.1:${await freePort()}`;
    group = await startInstances(1, { RATE_LIMIT: '2', REDIS_URL });
    expect(await acceptedBy(group.instances, 20)).toBe(2);
    expect(group.instances[0]?.redisLines()).toMatchObject([{ level: 40, reason: 'ECONNREFUSED' }]);
    expect(group.log.join()).not.toContain('a-password');
  });
});
