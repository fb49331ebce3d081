import { gatewayWarm, startContestant } from '../lib/contestants.mjs';
import { runLoad } from '../lib/load.mjs';
import { simSid } from '../lib/sims.mjs';
import { fixed } from '../lib/table.mjs';
import { startUpstream } from '../lib/upstream.mjs';

const CONNECTIONS = 16;
const CHUNKS = 20;

/**
 * Resident memory while every request is about another SIM, with the caches on: whatever is kept for each of them
 * without a bound shows.
 *
 * @param {import('../bench.mjs').Settings} settings
 */
export async function memory({ memoryRequests, progress }) {
  const upstream = await startUpstream();
  const program = await startContestant(gatewayWarm, upstream.url);
  const amount = Math.max(CONNECTIONS, Math.floor(memoryRequests / CHUNKS));
  const samples = [];
  for (let chunk = 0; chunk < CHUNKS; chunk += 1) {
    const sids = Array.from({ length: amount }, (_, number) => simSid(chunk * amount + number));
    const { url, contestant } = program;
    await runLoad({ url, request: contestant.request, sids, first: 50, connections: CONNECTIONS, amount });
    samples.push(program.memoryMb() ?? Number.NaN);
    progress(`${fixed((chunk + 1) * amount)} requests: ${fixed(samples.at(-1) ?? null)} MB`);
  }
  await program.stop();
  await upstream.stop();
  const half = samples.slice(CHUNKS / 2);
  return {
    requests: amount * CHUNKS,
    samples,
    peakMb: Math.max(...samples),
    /** MB that the second half of the requests added, by its slope. */
    secondHalfMb: slope(half) * half.length,
  };
}

/**
 * Of the line that fits best, for each step.
 *
 * @param {readonly number[]} values
 */
function slope(values) {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [over, under] = [0, 0];
  for (const [index, value] of values.entries()) {
    over += (index - middle) * (value - mean);
    under += (index - middle) ** 2;
  }
  return over / under;
}

/** @param {Awaited<ReturnType<typeof memory>>} result */
export function memoryText({ requests, samples, peakMb, secondHalfMb }) {
  return (
    `${fixed(requests)} requests, each about another SIM: ${fixed(peakMb)} MB at most; ` +
    `the second half added ${fixed(secondHalfMb, 1)} MB.\n` +
    `RSS in MB along the way: ${samples.map((value) => fixed(value)).join(' ')}`
  );
}
