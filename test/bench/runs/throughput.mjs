import { check, contestants, startContestant } from '../lib/contestants.mjs';
import { runLoad } from '../lib/load.mjs';
import { simSid } from '../lib/sims.mjs';
import { median } from '../lib/statistics.mjs';
import { fixed, table } from '../lib/table.mjs';
import { startUpstream } from '../lib/upstream.mjs';

const FIRST = 50;
const CONNECTIONS = 16;
const SIDS = Array.from({ length: 100 }, (_, number) => simSid(number));
const BASELINE = 'L1: no GraphQL';

/**
 * Everybody in turn, round after round: a process of its own, started, checked, warmed, measured, checked, stopped.
 * The order rotates, so that a slow minute of the machine hits everybody once.
 *
 * @param {import('../bench.mjs').Settings} settings
 */
export async function throughput({ rounds, seconds, warmUp, only, progress }) {
  const upstream = await startUpstream();
  const taking = contestants.filter(({ name }) => name === BASELINE || only === undefined || only.test(name));
  /** @type {Map<string, Awaited<ReturnType<typeof measure>>[]>} */
  const measured = new Map(taking.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const contestant of rotated(taking, round * 2)) {
      const result = await measure(contestant, upstream, { seconds, warmUp });
      progress(`round ${round + 1}: ${contestant.name}, ${fixed(result.perSecond)} requests a second`);
      measured.get(contestant.name)?.push(result);
    }
  }
  await upstream.stop();
  const baseline = measured.get(BASELINE) ?? [];
  return [...measured].map(([name, results]) => summary(name, results, baseline));
}

/**
 * @template T
 * @param {readonly T[]} list
 * @param {number} by
 */
function rotated(list, by) {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

/**
 * @param {import('../lib/contestants.mjs').Contestant} contestant
 * @param {import('../lib/upstream.mjs').Upstream} upstream
 * @param {{ seconds: number, warmUp: number }} settings
 */
async function measure(contestant, upstream, { seconds, warmUp }) {
  const program = await startContestant(contestant, upstream.url);
  const load = {
    url: program.url,
    request: contestant.request,
    sids: SIDS,
    first: FIRST,
    connections: CONNECTIONS,
  };
  const wrong = await check(program, upstream.url, FIRST);
  await runLoad({ ...load, amount: warmUp });
  const [requests, cpu] = [await upstream.requests(), program.cpuSeconds()];
  const result = await runLoad({ ...load, seconds });
  const [requestsAfter, cpuAfter] = [await upstream.requests(), program.cpuSeconds()];
  const memoryMb = program.memoryMb();
  // Once more: some compile an operation only when it has come often.
  wrong.push(...(await check(program, upstream.url, FIRST)));
  await program.stop();
  return {
    ...result,
    memoryMb,
    upstreamPerQuery: (requestsAfter - requests) / result.requests,
    cpuMicros: cpu === null || cpuAfter === null ? null : ((cpuAfter - cpu) * 1e6) / result.requests,
    wrong: [...new Set(wrong)],
  };
}

/**
 * @param {string} name
 * @param {readonly Awaited<ReturnType<typeof measure>>[]} results
 * @param {readonly { perSecond: number }[]} baseline
 */
function summary(name, results, baseline) {
  const of = (/** @type {(result: Awaited<ReturnType<typeof measure>>) => number | null} */ pick) => {
    const values = results.map(pick).filter((value) => value !== null);
    return values.length === 0 ? null : median(values);
  };
  return {
    name,
    rounds: results,
    perSecond: median(results.map(({ perSecond }) => perSecond)),
    // Within a round, both have had the same machine.
    toL1: median(
      results.map(({ perSecond }, round) => perSecond / (baseline[round]?.perSecond ?? Number.NaN)),
    ),
    p50: median(results.map(({ p50 }) => p50)),
    p99: median(results.map(({ p99 }) => p99)),
    cpuMicros: of(({ cpuMicros }) => cpuMicros),
    memoryMb: of(({ memoryMb }) => memoryMb),
    upstreamPerQuery: median(results.map(({ upstreamPerQuery }) => upstreamPerQuery)),
    busy: Math.max(...results.map(({ busy }) => busy)),
    wrong: [...new Set(results.flatMap(({ wrong }) => wrong))],
  };
}

/** @param {Awaited<ReturnType<typeof throughput>>} results */
export function throughputText(results) {
  const head = ['what', 'req/s', '× L1', 'p50 ms', 'p99 ms', 'CPU µs', 'RSS MB', 'upstream', 'answer'];
  const rows = results.map((row) => [
    row.name,
    fixed(row.perSecond),
    fixed(row.toL1, 2),
    fixed(row.p50, 1),
    fixed(row.p99, 1),
    fixed(row.cpuMicros),
    fixed(row.memoryMb),
    fixed(row.upstreamPerQuery, 3),
    row.wrong.length === 0 ? 'right' : 'WRONG',
  ]);
  const notes = results
    .filter(({ wrong }) => wrong.length > 0)
    .map(
      ({ name, wrong }) =>
        `${name} is wrong: ${wrong.slice(0, 3).join('; ')}${wrong.length > 3 ? '; …' : ''}`,
    );
  const busy = Math.max(...results.map((row) => row.busy));
  notes.push(`The load generator took ${fixed(busy * 100)} % of a core at most.`);
  return `${table(head, rows)}\n\n${notes.join('\n')}`;
}
