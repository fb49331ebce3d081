import { gatewayWarm, startContestant } from '../lib/contestants.mjs';
import { runLoad } from '../lib/load.mjs';
import { hasRedis, startRedis } from '../lib/redis.mjs';
import { simSid } from '../lib/sims.mjs';
import { median } from '../lib/statistics.mjs';
import { fixed, table } from '../lib/table.mjs';
import { startUpstream } from '../lib/upstream.mjs';

const FIRST = 50;
const BLOCKS = 6;

/**
 * What Redis on loopback adds to an operation that takes one upstream request: a page is claimed and stored, a slot is
 * acquired and released, the caller is counted. No SIM is asked for twice, so no page is found.
 *
 * @param {import('../bench.mjs').Settings} settings
 */
export async function redis({ latencyRequests, warmUp }) {
  if (!hasRedis) return null;
  const server = await startRedis();
  const upstream = await startUpstream();
  const limited = { ...gatewayWarm.env, RATE_LIMIT: '1000000' };
  const running = [
    await startContestant({ ...gatewayWarm, name: 'without Redis', env: limited }, upstream.url),
    await startContestant(
      { ...gatewayWarm, name: 'with Redis', env: { ...limited, REDIS_URL: server.url } },
      upstream.url,
    ),
  ];
  let next = 0;
  const load = async (
    /** @type {typeof running[number]} */ { url, contestant },
    /** @type {number} */ connections,
    /** @type {number} */ amount,
  ) => {
    const sids = Array.from({ length: amount }, () => simSid(next++));
    return runLoad({ url, request: contestant.request, sids, first: FIRST, connections, amount });
  };
  for (const program of running) await load(program, 16, warmUp);
  const blocks = [];
  for (let block = 0; block < BLOCKS; block += 1) {
    const results = [];
    for (const program of running) {
      const before = program.cpuSeconds() ?? Number.NaN;
      const amount = Math.ceil(latencyRequests / 2);
      const { p50 } = await load(program, 1, amount);
      results.push({ p50, cpuMs: (((program.cpuSeconds() ?? Number.NaN) - before) * 1000) / amount });
    }
    blocks.push(results);
  }
  for (const program of [...running, upstream, server]) await program.stop();
  const of = (/** @type {number} */ index, /** @type {'p50' | 'cpuMs'} */ key) =>
    blocks.map((results) => results[index]?.[key] ?? Number.NaN);
  const ratio = (/** @type {'p50' | 'cpuMs'} */ key) =>
    median(of(1, key).map((value, block) => value / (of(0, key)[block] ?? Number.NaN)));
  return {
    rows: running.map(({ contestant: { name } }, index) => ({
      name,
      p50: median(of(index, 'p50')),
      cpuMs: median(of(index, 'cpuMs')),
    })),
    p50Ratio: ratio('p50'),
    cpuRatio: ratio('cpuMs'),
  };
}

/** @param {Awaited<ReturnType<typeof redis>>} result */
export function redisText(result) {
  if (result === null) return 'Not measured: there is no redis-server.';
  const { rows, p50Ratio, cpuRatio } = result;
  const head = ['one operation, one upstream request', 'p50 ms', 'CPU ms'];
  const body = rows.map(({ name, p50, cpuMs }) => [name, fixed(p50, 2), fixed(cpuMs, 2)]);
  return `${table(head, body)}\n\nWith Redis, an operation takes ${fixed(p50Ratio, 2)} times as long, and ${fixed(cpuRatio, 2)} times the processor time (medians of ${BLOCKS} blocks).`;
}
