import { fileURLToPath } from 'node:url';
import { check, gatewayCold, gatewayWarm, startContestant } from '../lib/contestants.mjs';
import { runLoad } from '../lib/load.mjs';
import { startProgram } from '../lib/process.mjs';
import { simSid } from '../lib/sims.mjs';
import { percentile } from '../lib/statistics.mjs';
import { fixed, table } from '../lib/table.mjs';
import { startUpstream } from '../lib/upstream.mjs';

const FIRST = 50;
const CONNECTIONS = 16;
const SIDS = Array.from({ length: 100 }, (_, number) => simSid(number));
/** Queries of one measurement. */
const BATCH = 2000;
/** Measurements of each process in a round. */
const BATCHES = 4;
/** Shares of traces that are recorded. */
const SHARES = ['0', '0.1', '1'];

/**
 * What traces cost: processor time of a query with each share of sampled traces, beside the gateway without traces, and with
 * `otherBuild` beside a second build. All processes run at once and are measured in turn. The lower quartile counts, because
 * on a shared machine other programs only add time. A second process without traces shows how much of a ratio is chance.
 *
 * @param {import('../bench.mjs').Settings} settings
 */
export async function tracing({ rounds, warmUp, otherBuild, progress }) {
  const upstream = await startUpstream();
  const collector = await startProgram({
    file: fileURLToPath(new URL('../collector.mjs', import.meta.url)),
    env: {},
    ready: (url) => fetch(url),
  });
  const rows = [];
  for (const untraced of [gatewayCold, gatewayWarm]) {
    const variants = variantsOf(untraced, collector.url, otherBuild);
    const programs = await Promise.all(variants.map((variant) => startContestant(variant, upstream.url)));
    /** @type {number[][]} */
    const micros = programs.map(() => []);
    const run = (
      /** @type {import('../lib/contestants.mjs').Running} */ { url, contestant },
      /** @type {number} */ amount,
    ) =>
      runLoad({
        url,
        request: contestant.request,
        sids: SIDS,
        first: FIRST,
        connections: CONNECTIONS,
        amount,
      });
    for (const program of programs) await run(program, warmUp);
    for (let batch = 0; batch < rounds * BATCHES; batch += 1) {
      for (const [index, program] of programs.entries()) {
        const before = program.cpuSeconds();
        const { requests } = await run(program, BATCH);
        const after = program.cpuSeconds();
        if (before !== null && after !== null) micros[index]?.push(((after - before) * 1e6) / requests);
      }
    }
    for (const [index, program] of programs.entries()) {
      const wrong = await check(program, upstream.url, FIRST);
      const cpuMicros = percentile(micros[index] ?? [], 25);
      rows.push({
        name: program.contestant.name,
        of: untraced.name,
        cpuMicros,
        memoryMb: program.memoryMb(),
        wrong,
      });
      progress(`${program.contestant.name}: ${fixed(cpuMicros)} µs`);
      await program.stop();
    }
  }
  await Promise.all([upstream.stop(), collector.stop()]);
  return rows;
}

/**
 * @param {import('../lib/contestants.mjs').Contestant} untraced
 * @param {string} collectorUrl
 * @param {string | undefined} otherBuild
 */
function variantsOf(untraced, collectorUrl, otherBuild) {
  const traced = SHARES.map((share) => ({
    ...untraced,
    name: `${untraced.name}, ${share} sampled`,
    env: {
      ...untraced.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl,
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: share,
    },
  }));
  const other =
    otherBuild === undefined
      ? []
      : [{ ...untraced, name: `${untraced.name}, other build`, file: otherBuild }];
  return [untraced, { ...untraced, name: `${untraced.name}, again` }, ...other, ...traced];
}

/** @param {Awaited<ReturnType<typeof tracing>>} rows */
export function tracingText(rows) {
  const untracedOf = (/** @type {(typeof rows)[number]} */ { of }) => rows.find(({ name }) => name === of);
  return table(
    ['what', 'CPU µs of a query', '× without traces', 'RSS MB', 'answer'],
    rows.map((row) => [
      row.name,
      fixed(row.cpuMicros),
      fixed(row.cpuMicros / (untracedOf(row)?.cpuMicros ?? Number.NaN), 2),
      fixed(row.memoryMb),
      row.wrong.length === 0 ? 'right' : 'WRONG',
    ]),
  );
}
