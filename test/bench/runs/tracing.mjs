import { fileURLToPath } from 'node:url';
import { gatewayCold, gatewayWarm } from '../lib/contestants.mjs';
import { startProgram } from '../lib/process.mjs';
import { fixed, table } from '../lib/table.mjs';
import { startUpstream } from '../lib/upstream.mjs';
import { measureBeside } from './throughput.mjs';

/** Shares of traces that are recorded. */
const SHARES = ['0', '0.1', '1'];

/**
 * What traces cost: the gateway with each share of sampled traces, measured slice by slice in turn with a process of itself
 * without traces. It is also measured beside itself, which shows how much of a ratio is chance, and with `otherBuild` a
 * second build is, too.
 *
 * @param {import('../bench.mjs').Settings} settings
 */
export async function tracing({ rounds, seconds, warmUp, otherBuild, progress }) {
  const upstream = await startUpstream();
  const collector = await startProgram({
    file: fileURLToPath(new URL('../collector.mjs', import.meta.url)),
    env: {},
    ready: (url) => fetch(url),
  });
  const rows = [];
  for (const untraced of [gatewayCold, gatewayWarm]) {
    const traced = SHARES.map((share) => ({
      ...untraced,
      name: `${untraced.name}, sampled ${share}`,
      env: {
        ...untraced.env,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_TRACES_SAMPLER: 'traceidratio',
        OTEL_TRACES_SAMPLER_ARG: share,
      },
    }));
    const other =
      otherBuild === undefined
        ? []
        : [{ ...untraced, name: `${untraced.name}, other build`, file: otherBuild }];
    for (const contestant of [untraced, ...other, ...traced]) {
      const row = await measureBeside(contestant, untraced, upstream, { rounds, seconds, warmUp });
      progress(`${row.name}: ${fixed(row.toL1, 2)}`);
      rows.push(row);
    }
  }
  await Promise.all([upstream.stop(), collector.stop()]);
  return rows;
}

/** @param {Awaited<ReturnType<typeof tracing>>} rows */
export function tracingText(rows) {
  return table(
    ['what', 'requests a second, × without traces', 'CPU µs', 'RSS MB', 'answer'],
    rows.map(({ name, toL1, cpuMicros, memoryMb, wrong }) => [
      name,
      fixed(toL1, 2),
      fixed(cpuMicros),
      fixed(memoryMb),
      wrong.length === 0 ? 'right' : 'WRONG',
    ]),
  );
}
