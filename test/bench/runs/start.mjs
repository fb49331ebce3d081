import { gatewayWarm, startContestant } from '../lib/contestants.mjs';
import { median } from '../lib/statistics.mjs';
import { fixed } from '../lib/table.mjs';
import { startUpstream } from '../lib/upstream.mjs';

const STARTS = 5;

/** Milliseconds from the start of the process to its first answer, upstream request included. */
export async function start() {
  const upstream = await startUpstream();
  const times = [];
  for (let turn = 0; turn < STARTS; turn += 1) {
    const program = await startContestant(gatewayWarm, upstream.url);
    times.push(program.startedMs);
    await program.stop();
  }
  await upstream.stop();
  return { times, medianMs: median(times) };
}

/** @param {Awaited<ReturnType<typeof start>>} result */
export function startText({ times, medianMs }) {
  const each = times.map((ms) => fixed(ms)).join(', ');
  return `From start to first answer: ${fixed(medianMs)} ms (median of ${each}).`;
}
