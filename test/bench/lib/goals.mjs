import { fixed, table } from './table.mjs';

/**
 * What the gateway has to reach, beside what it has reached in this run.
 *
 * @param {import('../bench.mjs').Results} results
 */
export function goals({ throughput, latency, growth, memory, start, sharing }) {
  // A wrong answer reaches nothing, however fast it comes.
  const rowOf = (/** @type {string} */ name) =>
    throughput?.find((row) => row.name === name && row.wrong.length === 0);
  const cold = rowOf('gateway, cold');
  const warm = rowOf('gateway, warm');
  const jit = rowOf('Mercurius, JIT');
  const added = latency?.find(({ name }) => name === 'gateway, cold');
  const wide = growth?.find(({ first }) => first === 1000);
  return [
    atLeast('cold, × L1', cold?.toL1, 1, 2),
    atLeast('cold, × Mercurius with JIT', cold && jit && cold.toL1 / jit.toL1, 1, 2),
    atLeast('warm, × L1', warm?.toL1, 3, 2),
    atMost('cold, upstream requests a query', cold?.upstreamPerQuery, 1, 3),
    atMost('added to p50, ms', added?.addedP50, 1, 2),
    atMost('added to p99, ms', added?.addedP99, 3, 2),
    atLeast('first: 1000, × L1', wide?.toL1, 0.8, 2),
    atMost(
      'resident memory under load, MB',
      largest([cold?.memoryMb, warm?.memoryMb, memory?.peakMb]),
      160,
      0,
    ),
    atMost('memory of the second half of the requests, MB', memory?.secondHalfMb, 10, 1),
    atMost('start to first answer, ms', start?.medianMs, 1000, 0),
    atMost('upstream requests of clients who ask the same at once', sharing?.requests, 1, 0),
  ].filter((goal) => goal !== null);
}

/** @param {ReturnType<typeof goals>} reached */
export function goalsText(reached) {
  return table(
    ['goal', 'mark', 'reached', ''],
    reached.map(({ what, mark, value, digits, met }) => [
      what,
      mark,
      fixed(value, digits),
      met ? 'met' : 'MISSED',
    ]),
  );
}

/** @param {readonly (number | null | undefined)[]} values - of which some were not measured */
function largest(values) {
  const measured = values.filter((value) => typeof value === 'number');
  return measured.length === 0 ? null : Math.max(...measured);
}

/**
 * @param {string} what
 * @param {number | null | undefined} value
 * @param {number} limit
 * @param {number} digits
 */
function atLeast(what, value, limit, digits) {
  return goal(what, value, `≥ ${limit}`, digits, (number) => number >= limit);
}

/**
 * @param {string} what
 * @param {number | null | undefined} value
 * @param {number} limit
 * @param {number} digits
 */
function atMost(what, value, limit, digits) {
  return goal(what, value, `≤ ${limit}`, digits, (number) => number <= limit);
}

/**
 * @param {string} what
 * @param {number | null | undefined} value - none when it was not measured
 * @param {string} mark
 * @param {number} digits
 * @param {(value: number) => boolean} reaches
 */
function goal(what, value, mark, digits, reaches) {
  if (value === undefined || value === null || Number.isNaN(value)) return null;
  // As it is printed, so that no 1.000 is above 1.
  return { what, mark, value, digits, met: reaches(Number(value.toFixed(digits))) };
}
