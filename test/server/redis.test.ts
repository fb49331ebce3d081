import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { freePort, hasRedis, startRedis } from '../support/redis.js';
import { codesOf, startWireGateway, type WireGateway } from '../support/wire.js';

const QUERY = { query: '{ __typename }' };
interface Line {
  readonly level: number;
  readonly msg: string;
  readonly reason?: string;
}
const lines = ({ log }: WireGateway) =>
  log.map((line) => JSON.parse(line) as Line).filter(({ msg }) => msg.startsWith('Redis'));
const warnings = (gateway: WireGateway) => lines(gateway).filter(({ level }) => level === 40);

/** A TCP proxy whose target can be changed, as the address of a managed Redis after a failover. */
async function startProxy(target: number) {
  let port = target;
  let counts = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    client.on('data', (data) => {
      counts += String(data).toLowerCase().split('evalsha').length - 1;
    });
    client.pipe(upstream).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Number of operations that clients have counted. */
    counts: () => counts,
    /** Changes the target of new connections. */
    leadTo(other: number) {
      port = other;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const withRedis = describe.skipIf(!hasRedis);

withRedis('REDIS_URL', () => {
  it('instances that share a Redis count callers together', async () => {
    const redis = await startRedis();
    const env = { RATE_LIMIT: '6', REDIS_URL: redis.url };
    const instances = [await startWireGateway({ env }), await startWireGateway({ env })];
    const statuses: number[] = [];
    while (statuses.at(-1) !== 429 && statuses.length < 20) {
      const instance = instances[statuses.length % 2];
      if (instance !== undefined) statuses.push((await instance.post(QUERY)).status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429]);
    const [key = ''] = /wireless-gateway:operations:\S+/.exec(await redis.command('KEYS *')) ?? [];
    const secondsLeft = Number((await redis.command(`TTL ${key}`)).slice(1));
    expect(secondsLeft).toBeGreaterThan(0);
    expect(secondsLeft).toBeLessThanOrEqual(60);
    await Promise.all(instances.map((instance) => instance.close()));
    await redis.close();
  });

  it('each instance counts separately when Redis is unavailable, and logs that once', async () => {
    const redis = await startRedis();
    const gateway = await startWireGateway({ env: { RATE_LIMIT: '1000', REDIS_URL: redis.url } });
    expect((await gateway.post(QUERY)).status).toBe(200);
    expect(warnings(gateway)).toEqual([]);
    await redis.close();
    for (let round = 0; round < 5; round += 1) expect((await gateway.post(QUERY)).status).toBe(200);
    expect(warnings(gateway)).toHaveLength(1);
    await gateway.close();
  });

  describe('after a failure', () => {
    const PAUSE_MS = 5000;
    /** Offset of the clock that measures the pause. */
    let skipped = 0;

    afterEach(() => {
      vi.restoreAllMocks();
      skipped = 0;
    });

    /** Advances the clock past the pause. */
    function skip(ms: number): void {
      const now = performance.now.bind(performance);
      if (skipped === 0) vi.spyOn(performance, 'now').mockImplementation(() => now() + skipped);
      skipped += ms;
    }

    it('reconnects to the new primary when its Redis becomes a replica, and logs both changes', async () => {
      const [former, current] = [await startRedis(), await startRedis()];
      const proxy = await startProxy(former.port);
      const gateway = await startWireGateway({ env: { RATE_LIMIT: '1000', REDIS_URL: proxy.url } });
      await gateway.post(QUERY);
      await former.command(`REPLICAOF 127.0.0.1 ${current.port}`);
      proxy.leadTo(current.port);
      for (let round = 0; round < 3; round += 1) expect((await gateway.post(QUERY)).status).toBe(200);
      expect(lines(gateway)).toMatchObject([{ level: 40, reason: 'READONLY' }]);
      await vi.waitFor(async () => {
        await gateway.post(QUERY);
        expect(lines(gateway)).toMatchObject([{ level: 40 }, { level: 30, msg: 'Redis available again' }]);
      }, 10_000);
      expect(await current.command('KEYS *')).toContain('wireless-gateway:operations:');
      await gateway.close();
      proxy.close();
      await former.close();
      await current.close();
    });

    it('delays at most one operation in five seconds while Redis hangs', async () => {
      const redis = await startRedis();
      const proxy = await startProxy(redis.port);
      const gateway = await startWireGateway({ env: { RATE_LIMIT: '1000', REDIS_URL: proxy.url } });
      await gateway.post(QUERY);
      redis.hang(true);
      const before = proxy.counts();
      for (let round = 0; round < 20; round += 1) expect((await gateway.post(QUERY)).status).toBe(200);
      expect(proxy.counts() - before).toBe(1);
      skip(PAUSE_MS);
      for (let round = 0; round < 20; round += 1) expect((await gateway.post(QUERY)).status).toBe(200);
      expect(proxy.counts() - before).toBe(2);
      expect(warnings(gateway)).toHaveLength(1);
      redis.hang(false);
      skip(PAUSE_MS);
      await gateway.post(QUERY);
      expect(lines(gateway)).toMatchObject([{ level: 40 }, { level: 30, msg: 'Redis available again' }]);
      await gateway.close();
      proxy.close();
      await redis.close();
    });
  });
});

describe('REDIS_URL of an unavailable Redis', () => {
  it('does not prevent the start, or the rate limit', async () => {
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
