import { gatewayCold, l1, l2, startContestant } from '../lib/contestants.mjs';
import { runLoad } from '../lib/load.mjs';
import { simSid } from '../lib/sims.mjs';
import { median } from '../lib/statistics.mjs';
import { fixed, table } from '../lib/table.mjs';
import { startUpstream } from '../lib/upstream.mjs';

const LATENCY_MS = 20;
const FIRST = 50;
const BLOCKS = 4;

/**
 * What is added to a slow upstream's own time, one request at a time. The upstream itself is asked by the same client;
 * what a proxy adds that hands on the bytes is what no program in between can go below.
 *
 * @param {import('../bench.mjs').Settings} settings
 */
export async function latency({ latencyRequests, warmUp }) {
  const upstream = await startUpstream(LATENCY_MS);
  const running = await Promise.all([gatewayCold, l1, l2].map((one) => startContestant(one, upstream.url)));
  const targets = [
    { name: 'upstream', url: upstream.url, request: upstreamRequest },
    ...running.map(({ url, contestant }) => ({ name: contestant.name, url, request: contestant.request })),
  ];
  const sids = Array.from({ length: 100 }, (_, number) => simSid(number));
  // Compiled code is what is measured, and one connection would take a minute to get there.
  for (const { url, request } of targets)
    await runLoad({ url, request, sids, first: FIRST, connections: 50, amount: warmUp });
  /** @type {{ name: string, p50: number, p99: number }[][]} */
  const blocks = [];
  for (let block = 0; block < BLOCKS; block += 1) {
    const results = [];
    for (const { name, url, request } of targets) {
      const amount = Math.ceil(latencyRequests / BLOCKS);
      const { p50, p99 } = await runLoad({ url, request, sids, first: FIRST, connections: 1, amount });
      results.push({ name, p50, p99 });
    }
    blocks.push(results);
  }
  for (const program of [...running, upstream]) await program.stop();
  const of = (/** @type {number} */ index, /** @type {'p50' | 'p99'} */ key) =>
    median(blocks.map((block) => block[index]?.[key] ?? Number.NaN));
  return targets.map(({ name }, index) => ({
    name,
    p50: of(index, 'p50'),
    p99: of(index, 'p99'),
    addedP50: of(index, 'p50') - of(0, 'p50'),
    addedP99: of(index, 'p99') - of(0, 'p99'),
  }));
}

/**
 * @param {string} sid
 * @param {number} first
 */
function upstreamRequest(sid, first) {
  return { method: 'GET', path: `/v1/Sims/${sid}/DataSessions?PageSize=${first}`, headers: {} };
}

/** @param {Awaited<ReturnType<typeof latency>>} results */
export function latencyText(results) {
  const head = [`upstream of ${LATENCY_MS} ms`, 'p50 ms', 'p99 ms', 'added p50', 'added p99'];
  const rows = results.map(({ name, p50, p99, addedP50, addedP99 }) => [
    name,
    ...[p50, p99, addedP50, addedP99].map((ms) => fixed(ms, 2)),
  ]);
  return table(head, rows);
}
