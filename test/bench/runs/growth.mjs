import { check, gatewayCold, l1, startContestant } from '../lib/contestants.mjs';
import { runLoad } from '../lib/load.mjs';
import { simSid } from '../lib/sims.mjs';
import { median } from '../lib/statistics.mjs';
import { fixed, table } from '../lib/table.mjs';
import { startUpstream } from '../lib/upstream.mjs';

const SIZES = [1, 10, 50, 100, 500, 1000];
const CONNECTIONS = 16;
const SIDS = Array.from({ length: CONNECTIONS }, (_, number) => simSid(number));

/**
 * How the time of one window grows with its size, beside L1 on the same pages.
 *
 * @param {import('../bench.mjs').Settings} settings
 */
export async function growth({ rounds, seconds }) {
  const upstream = await startUpstream();
  const running = await Promise.all([gatewayCold, l1].map((one) => startContestant(one, upstream.url)));
  const results = [];
  for (const first of SIZES) {
    /** @type {number[][]} */
    const times = [[], []];
    const wrong = [];
    // By number and not by time, so that a slow machine still gives large windows enough of them.
    const amount = Math.ceil(Math.max(2 * CONNECTIONS, (seconds * 75_000) / (first + 100)));
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, program] of running.entries()) {
        const { url, contestant } = program;
        const load = {
          url,
          request: contestant.request,
          sids: SIDS,
          first,
          connections: CONNECTIONS,
          amount,
        };
        if (round === 0) {
          wrong.push(...(await check(program, upstream.url, first)));
          await runLoad(load);
        }
        // The process is never idle, so its time for one window is what is left of a second for each.
        const { perSecond } = await runLoad(load);
        times[index]?.push(1000 / perSecond);
      }
    }
    const [gatewayMs = Number.NaN, l1Ms = Number.NaN] = times.map(median);
    results.push({ first, gatewayMs, l1Ms, toL1: l1Ms / gatewayMs, wrong });
  }
  for (const program of [...running, upstream]) await program.stop();
  return results;
}

/** @param {Awaited<ReturnType<typeof growth>>} results */
export function growthText(results) {
  const head = ['first', 'gateway ms', 'µs a session', 'L1 ms', '× L1', 'answer'];
  const rows = results.map(({ first, gatewayMs, l1Ms, toL1, wrong }) => [
    String(first),
    fixed(gatewayMs, 3),
    fixed((gatewayMs * 1000) / first, 1),
    fixed(l1Ms, 3),
    fixed(toL1, 2),
    wrong.length === 0 ? 'right' : 'WRONG',
  ]);
  return table(head, rows);
}
