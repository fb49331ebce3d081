import { check, contestants, l1, startContestant } from '../lib/contestants.mjs';
import { runLoad } from '../lib/load.mjs';
import { simSid } from '../lib/sims.mjs';
import { median } from '../lib/statistics.mjs';
import { fixed, table } from '../lib/table.mjs';
import { startUpstream } from '../lib/upstream.mjs';

/** @typedef {import('../lib/contestants.mjs').Running} Running */
/** @typedef {import('../lib/upstream.mjs').Upstream} Upstream */

const FIRST = 50;
const CONNECTIONS = 16;
const SIDS = Array.from({ length: 100 }, (_, number) => simSid(number));
/** Pieces of a measurement: the machine is shared, and not as fast in one second as in the next. */
const SLICES = 4;

/**
 * Everybody in turn, round after round: a process of its own, started, checked, warmed, measured, checked, stopped.
 * The order rotates, so that a slow minute of the machine hits everybody once. Each is measured slice by slice in turn
 * with a process of L1, itself too, which shows how much of a ratio is chance.
 *
 * @param {import('../bench.mjs').Settings} settings
 */
export async function throughput({ rounds, seconds, warmUp, only, progress }) {
  const upstream = await startUpstream();
  const taking = contestants.filter(({ name }) => name === l1.name || only === undefined || only.test(name));
  /** @type {Map<string, Awaited<ReturnType<typeof measure>>[]>} */
  const measured = new Map(taking.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const contestant of rotated(taking, round * 2)) {
      const program = await startContestant(contestant, upstream.url);
      // Anew for each: one that has run for longer is faster.
      const baseline = await startContestant(l1, upstream.url);
      const result = await measure(program, baseline, upstream, { seconds, warmUp });
      await Promise.all([program.stop(), baseline.stop()]);
      progress(`round ${round + 1}: ${contestant.name}, ${fixed(result.perSecond)} requests a second`);
      measured.get(contestant.name)?.push(result);
    }
  }
  await upstream.stop();
  return [...measured].map(([name, results]) => summary(name, results));
}

/**
 * One contestant, measured in turn with a baseline over several rounds.
 *
 * @param {import('../lib/contestants.mjs').Contestant} contestant
 * @param {import('../lib/contestants.mjs').Contestant} baseline
 * @param {Upstream} upstream
 * @param {{ rounds: number, seconds: number, warmUp: number }} settings
 */
export async function measureBeside(contestant, baseline, upstream, { rounds, seconds, warmUp }) {
  const results = [];
  for (let round = 0; round < rounds; round += 1) {
    const program = await startContestant(contestant, upstream.url);
    const other = await startContestant(baseline, upstream.url);
    results.push(await measure(program, other, upstream, { seconds, warmUp }));
    await Promise.all([program.stop(), other.stop()]);
  }
  return summary(contestant.name, results);
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

/** @param {Running} running */
function loadOf({ url, contestant }) {
  return { url, request: contestant.request, sids: SIDS, first: FIRST, connections: CONNECTIONS };
}

/**
 * @param {Running} program
 * @param {Running} baseline
 * @param {Upstream} upstream
 * @param {{ seconds: number, warmUp: number }} settings
 */
async function measure(program, baseline, upstream, { seconds, warmUp }) {
  const wrong = await check(program, upstream.url, FIRST);
  for (const one of [baseline, program]) await runLoad({ ...loadOf(one), amount: warmUp });
  const slices = [];
  let upstreamRequests = 0;
  const cpu = program.cpuSeconds();
  for (let slice = 0; slice < SLICES; slice += 1) {
    const own = async () => {
      const before = await upstream.requests();
      const result = await runLoad({ ...loadOf(program), seconds: seconds / SLICES });
      upstreamRequests += (await upstream.requests()) - before;
      return result;
    };
    const other = () => runLoad({ ...loadOf(baseline), seconds: seconds / SLICES });
    // There and back: neither is always the first.
    const early = slice % 2 === 0 ? null : await other();
    const result = await own();
    const { perSecond } = early ?? (await other());
    slices.push({ ...result, toL1: result.perSecond / perSecond });
  }
  const cpuAfter = program.cpuSeconds();
  const memoryMb = program.memoryMb();
  // Once more: some compile an operation only when it has come often.
  wrong.push(...(await check(program, upstream.url, FIRST)));
  const requests = slices.reduce((sum, slice) => sum + slice.requests, 0);
  return {
    slices,
    perSecond: median(slices.map(({ perSecond }) => perSecond)),
    memoryMb,
    upstreamPerQuery: upstreamRequests / requests,
    cpuMicros: cpu === null || cpuAfter === null ? null : ((cpuAfter - cpu) * 1e6) / requests,
    wrong: [...new Set(wrong)],
  };
}

/**
 * @param {string} name
 * @param {readonly Awaited<ReturnType<typeof measure>>[]} results
 */
function summary(name, results) {
  const of = (/** @type {(result: Awaited<ReturnType<typeof measure>>) => number | null} */ pick) => {
    const values = results.map(pick).filter((value) => value !== null);
    return values.length === 0 ? null : median(values);
  };
  const slices = results.flatMap((result) => result.slices);
  return {
    name,
    rounds: results,
    perSecond: median(slices.map(({ perSecond }) => perSecond)),
    toL1: median(slices.map(({ toL1 }) => toL1)),
    p50: median(slices.map(({ p50 }) => p50)),
    p99: median(slices.map(({ p99 }) => p99)),
    cpuMicros: of(({ cpuMicros }) => cpuMicros),
    memoryMb: of(({ memoryMb }) => memoryMb),
    upstreamPerQuery: median(results.map(({ upstreamPerQuery }) => upstreamPerQuery)),
    busy: Math.max(...slices.map(({ busy }) => busy)),
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
