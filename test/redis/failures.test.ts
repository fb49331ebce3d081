import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Instance, type Instances, startInstances } from '../support/instances.js';
import { hasRedis, startRedis, type TestRedis } from '../support/redis.js';

/** An operation that uses pages, slots and the rate limit. */
const SESSIONS = (sid: string, first = 3) => ({
  query: `{ sim(sid: "${sid}") { dataSessions(first: ${first}) { nodes { id } } } }`,
});
const WAIT = { timeout: 15_000, interval: 20 };

let group: Instances | null = null;
const opened: { close(): unknown }[] = [];

afterEach(async () => {
  await group?.close();
  group = null;
  for (const part of opened.splice(0)) await part.close();
});

async function redisServer(options?: Parameters<typeof startRedis>[0]): Promise<TestRedis> {
  const redis = await startRedis(options);
  opened.push(redis);
  return redis;
}

async function startOne(redis: Pick<TestRedis, 'url'>, env: Record<string, string> = {}): Promise<Instance> {
  group = await startInstances(1, { RATE_LIMIT: '100000', REDIS_URL: redis.url, ...env });
  const [instance] = group.instances;
  if (instance === undefined) throw new Error('expected an instance');
  await expectServed(instance);
  expect(await instance.redisState()).toBe('ok');
  return instance;
}

/** Sends an operation that no instance has a page for. */
let asked = 10;
async function expectServed(instance: Instance): Promise<void> {
  const sid = group?.sandbox.cleanSimSid ?? '';
  asked += 1;
  expect(await instance.post(SESSIONS(sid, asked))).toMatchObject({
    status: 200,
    codes: [],
    upstream: { requests: 1 },
  });
}

const becomes = (instance: Instance, state: string) =>
  vi.waitFor(async () => expect(await instance.redisState()).toBe(state), WAIT);

/** A TCP proxy whose target can be changed, as the address of a managed Redis after a failover. */
async function startProxy(target: number) {
  let port = target;
  let commands = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    client.on('data', (data) => {
      commands += String(data).toLowerCase().split('evalsha').length - 1;
    });
    client.pipe(upstream).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Number of scripts that were called. */
    commands: () => commands,
    /** Changes the target of new connections. */
    leadTo(other: number) {
      port = other;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  opened.push(proxy);
  return proxy;
}

describe.skipIf(!hasRedis)('a Redis that fails', () => {
  it('gone: the gateway serves on, says so in /ready, the log and metrics, and comes back', async () => {
    const redis = await redisServer();
    const gateway = await startOne(redis);
    await redis.close();
    await becomes(gateway, 'down');
    for (let round = 0; round < 5; round += 1) await expectServed(gateway);
    expect(gateway.redisLines()).toMatchObject([
      { level: 40, msg: expect.stringContaining('serves by itself') },
    ]);
    expect(await gateway.metrics()).toContain('gateway_redis_state{state="down"} 1');
    await redisServer({ port: redis.port });
    await becomes(gateway, 'ok');
    await expectServed(gateway);
    expect(gateway.redisLines()).toMatchObject([{ level: 40 }, { level: 30, msg: 'Redis available again' }]);
    expect(await gateway.metrics()).toContain('gateway_redis_state{state="ok"} 1');
  });

  it('hung: after the first commands that take too long no operation waits for it, and it comes back', async () => {
    const redis = await redisServer();
    const proxy = await startProxy(redis.port);
    const gateway = await startOne(proxy);
    redis.hang(true);
    await becomes(gateway, 'down');
    const before = proxy.commands();
    for (let round = 0; round < 20; round += 1) await expectServed(gateway);
    expect(proxy.commands()).toBe(before);
    expect(gateway.redisLines()).toMatchObject([{ level: 40, reason: 'TIMEOUT' }]);
    expect(await gateway.metrics()).toMatch(
      /gateway_redis_errors_total\{use="(slots|pages|rate-limit)"\} [1-9]/,
    );
    redis.hang(false);
    await becomes(gateway, 'ok');
    await expectServed(gateway);
    expect(gateway.redisLines()).toMatchObject([{ level: 40 }, { level: 30 }]);
  });

  it('full: the gateway serves on, still reads what is there, and writes again when there is room', async () => {
    const redis = await redisServer();
    const gateway = await startOne(redis);
    const other = await group?.start();
    const shared = SESSIONS(group?.sandbox.cleanSimSid ?? '', 7);
    await gateway.post(shared);
    await vi.waitFor(async () => expect(await redis.command('KEYS *page*')).toMatch(/page/), WAIT);
    await redis.command('CONFIG SET maxmemory 1');
    await becomes(gateway, 'read-only');
    if (other !== undefined) await becomes(other, 'read-only');
    await expectServed(gateway);
    expect(gateway.redisLines()).toMatchObject([{ level: 40, reason: 'OOM' }]);
    expect((await other?.post(shared))?.upstream).toMatchObject({ requests: 0, cacheHits: 1 });
    await redis.command('CONFIG SET maxmemory 0');
    await becomes(gateway, 'ok');
    await expectServed(gateway);
  });

  it('flushed: the gateway serves on and does not count it as a failure', async () => {
    const redis = await redisServer();
    const gateway = await startOne(redis);
    await redis.command('FLUSHALL');
    await redis.command('SCRIPT FLUSH');
    for (let round = 0; round < 3; round += 1) await expectServed(gateway);
    expect(gateway.redisLines()).toEqual([]);
    await vi.waitFor(async () => expect(await redis.command('KEYS *slots*')).toMatch(/slots/), WAIT);
  });

  it('a replica after a failover: the gateway finds the new primary behind the same address', async () => {
    const [former, current] = [await redisServer(), await redisServer()];
    const proxy = await startProxy(former.port);
    const gateway = await startOne(proxy);
    await former.command(`REPLICAOF 127.0.0.1 ${current.port}`);
    proxy.leadTo(current.port);
    for (let round = 0; round < 3; round += 1) await expectServed(gateway);
    await vi.waitFor(() => expect(gateway.redisLines()).toMatchObject([{ level: 40 }, { level: 30 }]), WAIT);
    await expectServed(gateway);
    await vi.waitFor(async () => expect(await current.command('KEYS *slots*')).toMatch(/slots/), WAIT);
  });

  it('without REDIS_URL, /ready and metrics do not speak of Redis', async () => {
    group = await startInstances(1, {});
    const [gateway] = group.instances;
    expect(await gateway?.redisState()).toBe('none');
    expect(await gateway?.metrics()).not.toContain('redis');
  });
});
