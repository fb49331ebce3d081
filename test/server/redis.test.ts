import { describe, expect, it } from 'vitest';
import { freePort, hasRedis, startRedis } from '../support/redis.js';
import { codesOf, startWireGateway, type WireGateway } from '../support/wire.js';

const QUERY = { query: '{ __typename }' };
const warnings = ({ log }: WireGateway) => log.filter((line) => line.includes('Redis does not answer'));

const withRedis = describe.skipIf(!hasRedis);

withRedis('REDIS_URL', () => {
  it('makes instances count their callers together', async () => {
    const redis = await startRedis();
    const env = { RATE_LIMIT: '6', REDIS_URL: redis.url };
    const instances = [await startWireGateway({ env }), await startWireGateway({ env })];
    const statuses: number[] = [];
    // Both together answer 6 in a minute, so at most 12 in the two that this can take.
    while (statuses.at(-1) !== 429 && statuses.length < 20) {
      const instance = instances[statuses.length % 2];
      if (instance !== undefined) statuses.push((await instance.post(QUERY)).status);
    }
    expect(statuses.at(-1)).toBe(429);
    expect(statuses.length).toBeGreaterThan(6);
    expect(statuses.length).toBeLessThanOrEqual(13);
    await Promise.all(instances.map((instance) => instance.close()));
    await redis.close();
  });

  it('refuses nobody when Redis goes down: each instance counts for itself, and says so once', async () => {
    const redis = await startRedis();
    const gateway = await startWireGateway({ env: { RATE_LIMIT: '1000', REDIS_URL: redis.url } });
    expect((await gateway.post(QUERY)).status).toBe(200);
    expect(warnings(gateway)).toEqual([]);
    await redis.close();
    for (let round = 0; round < 5; round += 1) expect((await gateway.post(QUERY)).status).toBe(200);
    expect(warnings(gateway)).toHaveLength(1);
    await gateway.close();
  });
});

describe('REDIS_URL of a Redis that is not there', () => {
  it('does not keep the gateway from starting, or from its limit', async () => {
    const url = `redis://:a-password@127.0.0.1:${await freePort()}`;
    const gateway = await startWireGateway({ env: { RATE_LIMIT: '2', REDIS_URL: url } });
    const statuses: number[] = [];
    while (statuses.at(-1) !== 429 && statuses.length < 6) statuses.push((await gateway.post(QUERY)).status);
    expect(statuses.at(0)).toBe(200);
    expect(statuses.at(-1)).toBe(429);
    expect(codesOf(await gateway.post({ query: '{' }))).toHaveLength(1);
    expect(warnings(gateway)).toHaveLength(1);
    expect(gateway.log.join()).not.toContain('a-password');
    await gateway.close();
  });
});
