import { afterEach, describe, expect, it } from 'vitest';
import { type LiveGateway, startLiveGateway, type TestEvent } from '../live/gateway.js';
import { hasRedis, startRedis, type TestRedis } from '../support/redis.js';

let redis: TestRedis;
const gateways: LiveGateway[] = [];
afterEach(async () => {
  for (const gateway of gateways.splice(0).reverse()) await gateway.close();
  await redis.close();
});

/** Starts instances that share a Redis and a sandbox. Redis measures ages by itself, so the time is real here. */
async function startInstances(
  count: number,
  cacheTtlMs = '60000',
  pollMs = '3600000',
): Promise<LiveGateway[]> {
  redis = await startRedis();
  for (let n = 0; n < count; n += 1) {
    const [first] = gateways;
    // One of them polls. The others would not, before an hour has passed.
    const LIVE_POLL_MS = n === 0 ? '400' : pollMs;
    const env = { REDIS_URL: redis.url, CACHE_TTL_MS: cacheTtlMs, LIVE_POLL_MS };
    gateways.push(await startLiveGateway({ env, ...(first && { sandbox: first.sandbox }) }));
  }
  return gateways;
}

/** Subscribes to the sessions of one SIM at each instance, and reads the snapshots. */
async function watchOneSim(instances: readonly LiveGateway[]) {
  const { sandbox } = instances[0] as LiveGateway;
  const sim = String(sandbox.addSim().sid);
  sandbox.insertAtHead(sim, 50);
  sandbox.updateSession(sim, 0, { end: null });
  const streams = await Promise.all(instances.map((instance) => instance.subscribe(sim)));
  for (const stream of streams) await stream.snapshot();
  return { sandbox, sim, streams };
}

const told = ({ kind, edge }: TestEvent) => [kind, edge?.node.packetsUploaded];

describe.runIf(hasRedis)('instances that share a Redis', () => {
  it('poll a list once for all of them, and the one that polls goes on while Redis is gone', async () => {
    const instances = await startInstances(3);
    const { sandbox, sim, streams } = await watchOneSim(instances);
    const change = async (packets: number, all: typeof streams) => {
      sandbox.updateSession(sim, 0, { packets_uploaded: packets });
      for (const stream of all) expect(told(await stream.next())).toEqual(['UPDATED', packets]);
    };
    for (let round = 1; round <= 5; round += 1) await change(1_000_000 + round, streams);
    const polls = await instances[0]?.metric('gateway_live_polls_total');
    expect(sandbox.requests.length).toBeLessThanOrEqual(polls ?? 0);
    await redis.close();
    await change(2_000_000, streams.slice(0, 1));
  });

  it.each([
    ['share no pages', '0'],
    ['share pages that are too old by the time of the news', '1'],
  ])('poll at their own intervals, and not for the polls of others, if they %s', async (_, cacheTtlMs) => {
    const instances = await startInstances(3, cacheTtlMs, '400');
    const { sandbox } = await watchOneSim(instances);
    const [first] = instances;
    const before = {
      polls: (await first?.metric('gateway_live_polls_total')) ?? 0,
      requests: sandbox.requests.length,
    };
    await sandbox.requestEnded(before.requests + 30);
    const polls = ((await first?.metric('gateway_live_polls_total')) ?? 0) - before.polls;
    // Each of them sends one request for each poll of its own, and one for each poll of another one at most.
    expect(polls).toBeGreaterThanOrEqual(3);
    expect(sandbox.requests.length - before.requests).toBeLessThanOrEqual(3 * (polls + 2));
  });
});
