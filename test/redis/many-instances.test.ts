import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { type GatewayProcess, startProcess } from '../support/process.js';
import { hasRedis, startRedis, type TestRedis } from '../support/redis.js';
import { Balancer } from './balancer.js';

const LIMIT = 6;
const SIMS = 4;
const PAGE = 20;
/** Attempts of a client for one window, as the table of errors in the README says: try again. */
const MAX_TRIES = 20;

const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const part of opened.splice(0).reverse()) await part.close();
});

/** Long enough for many pages, short enough for one window. */
const isLong = (records: number) => records > 200 && records < 1000;

interface Window {
  readonly data?: { readonly sim: { readonly dataSessions: Connection | null } | null } | null;
}
interface Connection {
  readonly edges: readonly { readonly node: { readonly id: string } }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** Reads one window, again if it fails. */
async function readWindow(balancer: Balancer, sid: string, first: number, after: string | null) {
  const query = `query ($sid: ID!, $first: Int!, $after: String) { sim(sid: $sid) {
    dataSessions(first: $first, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } } }`;
  for (let tries = 1; ; tries += 1) {
    const answer = (await balancer.post({ query, variables: { sid, first, after } })) as Window;
    const window = answer.data?.sim?.dataSessions;
    if (window) return window;
    if (tries === MAX_TRIES) throw new Error(`no window: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Walks a list page by page. @returns the IDs of its records */
async function walk(balancer: Balancer, sid: string): Promise<string[]> {
  const ids: string[] = [];
  let after: string | null = null;
  for (;;) {
    const { edges, pageInfo } = await readWindow(balancer, sid, PAGE, after);
    ids.push(...edges.map(({ node }) => node.id));
    if (!pageInfo.hasNextPage) return ids;
    after = pageInfo.endCursor;
  }
}

async function startGateway(sandbox: Sandbox, redis: TestRedis): Promise<GatewayProcess> {
  const gateway = await startProcess({
    TWILIO_ACCOUNT_SID: sandbox.credentials.accountSid,
    TWILIO_AUTH_TOKEN: sandbox.credentials.authToken,
    UPSTREAM_URL: sandbox.url,
    UPSTREAM_CONCURRENCY: String(LIMIT),
    UPSTREAM_TIMEOUT_MS: '2000',
    REDIS_URL: redis.url,
    FAST_PATH: process.env.FAST_PATH ?? '',
  });
  opened.push({
    async close() {
      gateway.signal('SIGKILL');
      await gateway.exit;
    },
  });
  return gateway;
}

/** A share of the upstream responses fails: the gateways repeat these requests. */
function addFaults(sandbox: Sandbox): void {
  const every = (interval: number) => {
    let requests = 0;
    return () => {
      requests += 1;
      return requests % interval === 0;
    };
  };
  sandbox.faults.add({ kind: 'status', status: 503, query: every(9) });
  sandbox.faults.add({ kind: 'reset', query: every(17) });
  sandbox.faults.add({ kind: 'status', status: 429, query: every(41) });
}

describe.skipIf(!hasRedis)('three instances behind a balancer, with Redis', () => {
  it('lose and repeat no record, nor pass the concurrency limit, when an instance and Redis are killed', async () => {
    const sandbox = await startSandbox({ latencyMs: 25 });
    opened.push(sandbox);
    const redis = await startRedis();
    opened.push(redis);
    const gateways = [
      await startGateway(sandbox, redis),
      await startGateway(sandbox, redis),
      await startGateway(sandbox, redis),
    ];
    const balancer = new Balancer(gateways.map(({ url }) => url));
    const sids = sandbox.simSids.filter((sid) => isLong(sandbox.sessions(sid).length)).slice(0, SIMS);
    addFaults(sandbox);

    // Two clients walk each list, so that they want the same pages at nearly the same time.
    const walks = Promise.all(
      [...sids, ...sids].map(async (sid) => ({ sid, ids: await walk(balancer, sid) })),
    );
    walks.catch(() => undefined);
    await sandbox.requestStarted(15);
    gateways[2]?.signal('SIGKILL');
    await sandbox.requestStarted(30);
    await redis.close();
    await sandbox.requestStarted(50);
    opened.push(await startRedis({ port: redis.port }));
    const walked = await walks;
    expect(walked).toHaveLength(2 * SIMS);

    for (const { sid, ids } of walked) {
      const { edges } = await readWindow(balancer, sid, 1000, null);
      expect(ids).toEqual(edges.map(({ node }) => node.id));
      expect(new Set(ids).size).toBe(sandbox.sessions(sid).length);
    }
    expect(sandbox.maxInFlight).toBeLessThanOrEqual(LIMIT);
    for (const served of balancer.served) expect(served).toBeGreaterThan(0);
    for (const { url } of gateways.slice(0, 2)) {
      await vi.waitFor(
        async () =>
          expect(await (await fetch(`${url}/ready`)).json()).toMatchObject({ redis: { state: 'ok' } }),
        { timeout: 15_000 },
      );
    }
    const lines = gateways
      .slice(0, 2)
      .map((gateway) => gateway.lines.filter((line) => line.includes('"Redis ')));
    expect(lines.map(({ length }) => length)).toEqual([2, 2]);
  }, 120_000);
});
