import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { freePort } from '../support/free-port.mjs';
import { type Instance, type Instances, startInstances } from '../support/instances.js';
import { run } from '../support/process.js';
import { hasRedis, startRedis, type TestRedis } from '../support/redis.js';

const WAIT = { timeout: 20_000, interval: 50 };
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

let group: Instances | null = null;
const opened: { close(): unknown }[] = [];

afterEach(async () => {
  await group?.close();
  group = null;
  for (const part of opened.splice(0).reverse()) await part.close();
});

async function redisServer(options?: Parameters<typeof startRedis>[0]): Promise<TestRedis> {
  const redis = await startRedis(options);
  opened.push(redis);
  return redis;
}

const becomes = (instance: Instance | undefined, state: string) =>
  vi.waitFor(async () => expect(await instance?.redisState()).toBe(state), WAIT);

/** Two instances share pages, counts and slots by this URL. */
async function expectSharing(url: string): Promise<Instances> {
  group = await startInstances(2, { REDIS_URL: url, RATE_LIMIT: '1000' });
  for (const instance of group.instances) await becomes(instance, 'ok');
  await expectShared(group, 3);
  return group;
}

/** @param first - number of records: another one is another page */
async function expectShared({ sandbox, instances }: Instances, first: number): Promise<void> {
  const query = `{ sim(sid: "${sandbox.cleanSimSid}") { dataSessions(first: ${first}) { nodes { id } } } }`;
  sandbox.clearRequests();
  const answers = await Promise.all(instances.map((instance) => instance.post({ query })));
  expect(answers.map(({ codes }) => codes)).toEqual([[], []]);
  expect(sandbox.requests).toHaveLength(1);
}

/** Starts an empty cluster of three nodes. */
async function startCluster(): Promise<readonly TestRedis[]> {
  const nodes: TestRedis[] = [];
  for (let index = 0; index < 3; index += 1) {
    // The port of the cluster bus, by default 10,000 above, may be taken or above 65,535.
    const bus = String(await freePort());
    const args = ['--cluster-enabled', 'yes', '--cluster-port', bus, '--cluster-node-timeout', '2000'];
    nodes.push(await redisServer({ args }));
  }
  const created = spawnSync('redis-cli', [
    ...['--cluster', 'create', ...nodes.map(({ port }) => `127.0.0.1:${port}`)],
    '--cluster-yes',
  ]);
  expect(created.status, String(created.stdout)).toBe(0);
  for (const node of nodes)
    await vi.waitFor(
      async () => expect(await node.command('CLUSTER INFO')).toContain('cluster_state:ok'),
      WAIT,
    );
  return nodes;
}

/** Makes a certificate for 127.0.0.1 that is its own CA. */
function makeCertificate(): { readonly key: string; readonly cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'redis-tls-'));
  opened.push({ close: () => rmSync(folder, { recursive: true, force: true }) });
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-keyout', key, '-out', cert, '-subj', '/CN=redis', '-addext', 'subjectAltName=IP:127.0.0.1'],
  ]);
  expect(made.status, String(made.stderr)).toBe(0);
  return { key, cert };
}

describe.skipIf(!hasRedis)('REDIS_URL', () => {
  it('with user, password and database leads to that database', async () => {
    const redis = await redisServer({ args: ['--requirepass', 'p@ss/word'] });
    await expectSharing(`redis://default:p%40ss%2Fword@127.0.0.1:${redis.port}/3`);
    const size = spawnSync('redis-cli', ['-p', String(redis.port), '-a', 'p@ss/word', '-n', '3', 'DBSIZE']);
    expect(String(size.stdout)).toMatch(/^[1-9]/);
  });

  it('redis-sentinel:// leads to the primary that the Sentinels name, and to the next one after a failover', async () => {
    const primary = await redisServer();
    const replica = await redisServer({ args: ['--replicaof', `127.0.0.1 ${primary.port}`] });
    await vi.waitFor(
      async () => expect(await replica.command('INFO replication')).toContain('master_link_status:up'),
      WAIT,
    );
    const sentinel = await redisServer({ args: ['--sentinel'], readyLine: 'Sentinel ID is' });
    await sentinel.command(`SENTINEL MONITOR main 127.0.0.1 ${primary.port} 1`);
    await sentinel.command('SENTINEL SET main down-after-milliseconds 500');
    await sentinel.command('SENTINEL SET main failover-timeout 2000');
    const unused = await freePort();
    const sharing = await expectSharing(
      `redis-sentinel://127.0.0.1:${unused},127.0.0.1:${sentinel.port}/0#main`,
    );
    await vi.waitFor(
      async () => expect(await sentinel.command('SENTINEL REPLICAS main')).toContain(String(replica.port)),
      WAIT,
    );
    await primary.close();
    for (const instance of sharing.instances) await becomes(instance, 'down');
    for (const instance of sharing.instances) await becomes(instance, 'ok');
    await expectShared(sharing, 7);
    expect(await replica.command('ROLE')).toContain('master');
  });

  it('redis-cluster:// uses all nodes of a cluster', async () => {
    const [first, ...others] = await startCluster();
    const sharing = await expectSharing(`redis-cluster://127.0.0.1:${first?.port}`);
    for (let page = 10; page < 20; page += 1) await expectShared(sharing, page);
    for (const node of others) expect(await node.command('DBSIZE')).not.toBe(':0\r\n');
  });

  it('redis-cluster:// serves on when a node is gone, and comes back with it', async () => {
    const nodes = await startCluster();
    const sharing = await expectSharing(
      `redis-cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    );
    const { sandbox, instances } = sharing;
    nodes[2]?.hang(true);
    for (let page = 30; page < 45; page += 1) {
      const query = `{ sim(sid: "${sandbox.cleanSimSid}") { dataSessions(first: ${page}) { nodes { id } } } }`;
      const answers = await Promise.all(instances.map((instance) => instance.post({ query })));
      expect(answers.map(({ codes }) => codes)).toEqual([[], []]);
    }
    for (const instance of instances)
      expect(instance.redisLines()).toContainEqual(expect.objectContaining({ level: 40 }));
    nodes[2]?.hang(false);
    await vi.waitFor(async () => {
      expect(await nodes[0]?.command('CLUSTER INFO')).toContain('cluster_state:ok');
      for (const instance of instances) expect(await instance.redisState()).toBe('ok');
    }, WAIT);
  });

  it.skipIf(!hasOpenssl)('rediss:// verifies the certificate against the CAs of Node', async () => {
    const { key, cert } = makeCertificate();
    const tlsPort = await freePort();
    const args = ['--tls-port', String(tlsPort), '--tls-cert-file', cert, '--tls-key-file', key];
    const redis = await redisServer({
      args: [...args, '--tls-ca-cert-file', cert, '--tls-auth-clients', 'no'],
    });
    const env = { REDIS_URL: `rediss://127.0.0.1:${tlsPort}`, LOG_LEVEL: 'debug' };
    const start = async (further: Record<string, string>) => {
      const gateway = run({ ...env, ...further, PORT: String(await freePort()) });
      await gateway.line('"listening"');
      return gateway;
    };
    const trusting = await start({ NODE_EXTRA_CA_CERTS: cert });
    await vi.waitFor(async () => expect(await redis.command('KEYS *slots*')).toContain('slots'), WAIT);
    expect(trusting.lines.join()).not.toContain('Redis unavailable');
    trusting.signal('SIGTERM');
    await trusting.exit;
    const other = await start({});
    expect(await other.line('Redis unavailable')).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
    other.signal('SIGTERM');
    await other.exit;
  });
});
