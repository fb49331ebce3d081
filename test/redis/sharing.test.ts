import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SandboxOptions } from '../../src/sandbox/index.js';
import { type Instance, type Instances, startInstances } from '../support/instances.js';
import { hasRedis, startRedis, type TestRedis } from '../support/redis.js';

let redis: TestRedis | null = null;
let group: Instances | null = null;

afterEach(async () => {
  await group?.close();
  await redis?.close();
  group = null;
  redis = null;
});

async function startThree(
  env: Record<string, string> = {},
  options: SandboxOptions = {},
): Promise<Instances & { readonly redis: TestRedis }> {
  redis = await startRedis();
  group = await startInstances(3, { REDIS_URL: redis.url, ...env }, options);
  for (const instance of group.instances)
    await vi.waitFor(async () => expect(await instance.redisState()).toBe('ok'), 10_000);
  return { ...group, redis };
}

const sessions = (sid: string, first = 3) => ({
  query: `{ sim(sid: "${sid}") { dataSessions(first: ${first}) { nodes { id } } } }`,
});
const sent = (answers: readonly { upstream: { requests: number } }[]) =>
  answers.map(({ upstream }) => upstream.requests).sort();
const postAll = (instances: readonly Instance[], body: unknown) =>
  Promise.all(instances.map((instance) => instance.post(body)));

describe.skipIf(!hasRedis)('pages, with REDIS_URL', () => {
  it('three instances that are asked for one page at once ask the upstream once', async () => {
    const { sandbox, instances } = await startThree({}, { latencyMs: 100 });
    const answers = await postAll(instances, sessions(sandbox.cleanSimSid));
    expect(sandbox.requests).toHaveLength(1);
    expect(sent(answers)).toEqual([0, 0, 1]);
    expect(answers.map(({ upstream }) => upstream.cacheHits).sort()).toEqual([0, 1, 1]);
    expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(1);
  });

  it('a page that one instance has is served by the others within CACHE_TTL_MS', async () => {
    const { sandbox, instances, redis: server } = await startThree();
    await instances[0]?.post(sessions(sandbox.cleanSimSid));
    await vi.waitFor(async () => expect(await server.command('KEYS *page*')).not.toContain('lease'));
    const [, second, third] = instances;
    for (const instance of [second, third]) {
      const answer = await instance?.post(sessions(sandbox.cleanSimSid));
      expect(answer?.upstream).toMatchObject({ requests: 0, cacheHits: 1 });
    }
    expect(sandbox.requests).toHaveLength(1);
  });

  it('a page is requested again when it is older than CACHE_TTL_MS', async () => {
    const { sandbox, instances } = await startThree({ CACHE_TTL_MS: '1' });
    await instances[0]?.post(sessions(sandbox.cleanSimSid));
    await instances[1]?.post(sessions(sandbox.cleanSimSid));
    expect(sandbox.requests).toHaveLength(2);
  });

  it('no page is shared with CACHE_TTL_MS=0', async () => {
    const { sandbox, instances, redis: server } = await startThree({ CACHE_TTL_MS: '0' });
    await postAll(instances, sessions(sandbox.cleanSimSid));
    expect(sandbox.requests).toHaveLength(3);
    expect(await server.command('KEYS *page*')).toBe('*0\r\n');
  });

  it('a page of another instance is served stale when the upstream fails', async () => {
    const { sandbox, instances, redis: server } = await startThree({ CACHE_TTL_MS: '1' });
    await instances[0]?.post(sessions(sandbox.cleanSimSid));
    await vi.waitFor(async () => expect(await server.command('KEYS *page*')).toContain('page'));
    sandbox.faults.add({ kind: 'status', status: 500 });
    const answer = await instances[1]?.post(sessions(sandbox.cleanSimSid));
    expect(answer?.codes).toEqual([]);
    expect(answer?.upstream.staleMs).toBeGreaterThan(0);
  });

  it('another instance requests the page when the first one fails', async () => {
    const { sandbox, instances } = await startThree({ STALE_IF_ERROR_MS: '0' });
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    sandbox.faults.add({ kind: 'hold', until: held, times: 1 });
    sandbox.faults.add({ kind: 'status', status: 500, times: 1 });
    const first = instances[0]?.post(sessions(sandbox.cleanSimSid));
    await sandbox.requestStarted();
    const others = instances.slice(1).map((instance) => instance.post(sessions(sandbox.cleanSimSid)));
    release();
    expect((await first)?.codes).toEqual(['UPSTREAM_UNAVAILABLE']);
    expect((await Promise.all(others)).map(({ codes }) => codes)).toEqual([[], []]);
    expect(sandbox.requests.length).toBeLessThanOrEqual(3);
  });

  it('what lies in Redis shows neither SIDs nor records', async () => {
    const { sandbox, instances, redis: server } = await startThree();
    await instances[0]?.post(sessions(sandbox.cleanSimSid));
    await vi.waitFor(async () => expect(await server.command('KEYS *page*')).not.toContain('lease'));
    const keys = await server.command('KEYS *');
    const [page = ''] = /wireless-gateway:1:page:\S+/.exec(keys) ?? [];
    const stored = keys + (await server.command(`GET ${page}`));
    expect(stored.length).toBeGreaterThan(500);
    expect(stored).not.toContain(sandbox.cleanSimSid);
    expect(stored).not.toContain('data_sessions');
  });
});

describe.skipIf(!hasRedis)('the access token of KORE, with REDIS_URL', () => {
  const KORE: SandboxOptions = { dialect: 'kore' };

  it('is requested once by three instances that start at once', async () => {
    const { sandbox, instances } = await startThree({}, KORE);
    await Promise.all(
      instances.map((instance, index) => instance.post(sessions(sandbox.cleanSimSid, index + 1))),
    );
    expect(sandbox.requests).toHaveLength(3);
    expect(sandbox.tokenRequests).toHaveLength(1);
  });

  it('is replaced once by three instances when the upstream rejects it, and not taken again', async () => {
    const { sandbox, instances } = await startThree({}, KORE);
    await Promise.all(instances.map((one, index) => one.post(sessions(sandbox.cleanSimSid, index + 1))));
    sandbox.revokeTokens();
    sandbox.clearRequests();
    const answers = await Promise.all(
      instances.map((instance, index) => instance.post(sessions(sandbox.cleanSimSid, index + 11))),
    );
    expect(answers.map(({ codes }) => codes)).toEqual([[], [], []]);
    expect(sandbox.tokenRequests).toHaveLength(1);
  });

  it('lies encrypted in Redis, for its remaining life', async () => {
    const { sandbox, instances, redis: server } = await startThree({}, { ...KORE, tokenLifeSeconds: 900 });
    await instances[0]?.post(sessions(sandbox.cleanSimSid));
    const keys = await server.command('KEYS *token*');
    const [name = ''] = /wireless-gateway:1:token:\S+/.exec(keys) ?? [];
    const life = Number((await server.command(`PTTL ${name}`)).slice(1));
    expect(life).toBeGreaterThan(600_000);
    expect(life).toBeLessThanOrEqual(900_000);
    expect(await server.command(`GET ${name}`)).not.toMatch(/Bearer/);
  });
});

describe.skipIf(!hasRedis)('automatic persisted queries, with REDIS_URL', () => {
  const query = '{ __typename }';
  const sha256Hash = createHash('sha256').update(query).digest('hex');
  const persisted = { extensions: { persistedQuery: { version: 1, sha256Hash } } };

  it('a document that is registered at one instance is known at the others', async () => {
    const { instances } = await startThree();
    expect((await instances[1]?.post(persisted))?.codes).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
    await instances[0]?.post({ ...persisted, query });
    await vi.waitFor(async () => {
      expect((await instances[1]?.post(persisted))?.data).toEqual({ __typename: 'Query' });
    });
    expect((await instances[2]?.post({ documentId: sha256Hash }))?.data).toEqual({ __typename: 'Query' });
    const metrics = await instances[2]?.metrics();
    expect(metrics).toContain('gateway_persisted_operations_total{result="found"} 1\n');
    expect(metrics).toContain('gateway_persisted_operations_total{result="unknown"} 0\n');
  });

  it('a document is still known at an instance that has used it when Redis is gone', async () => {
    const { instances, redis: server } = await startThree();
    await instances[0]?.post({ ...persisted, query });
    await vi.waitFor(async () => expect((await instances[1]?.post(persisted))?.codes).toEqual([]));
    await server.close();
    expect((await instances[1]?.post(persisted))?.codes).toEqual([]);
    expect((await instances[2]?.post(persisted))?.codes).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
  });

  it('a document is not accepted from a value that was altered in Redis', async () => {
    const { instances, redis: server } = await startThree();
    await instances[0]?.post({ ...persisted, query });
    await vi.waitFor(async () => expect(await server.command('KEYS *document*')).toContain('document'));
    const [key = ''] = /wireless-gateway:1:document:\S+/.exec(await server.command('KEYS *document*')) ?? [];
    await server.command(`SETRANGE ${key} 20 x`);
    expect((await instances[1]?.post(persisted))?.codes).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
  });
});
