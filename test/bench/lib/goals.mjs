import { l1 } from './contestants.mjs';
import { fixed, table } from './table.mjs';

/**
 * What the gateway has to reach, beside what it has reached in this run.
 *
 * @param {import('../bench.mjs').Results} results
 */
export function goals({ throughput, shapes, latency, lists, growth, memory, documents, start, sharing }) {
  // A wrong answer reaches nothing, however fast it comes.
  const rowOf = (/** @type {string} */ name) =>
    throughput?.find((row) => row.name === name && row.wrong.length === 0);
  const cold = rowOf('gateway, cold');
  const warm = rowOf('gateway, warm');
  const jit = rowOf('Mercurius, JIT');
  const added = latency?.find(({ name }) => name === 'gateway, cold');
  const addedByProxy = latency?.find(({ name }) => name === l1.name);
  const wide = growth?.find(({ first }) => first === 1000);
  return [
    atLeast('cold, × REST proxy', cold?.toL1, 1, 2),
    atLeast('cold, × Mercurius with JIT', cold && jit && cold.toL1 / jit.toL1, 1, 2),
    atLeast('warm, × REST proxy', warm?.toL1, 3, 2),
    atLeast('cold, slowest shape × text and variables', slowestShape(shapes, 'cold'), 0.85, 2),
    atLeast('warm, slowest shape × text and variables', slowestShape(shapes, 'warm'), 0.7, 2),
    atMost('cold, upstream requests a query', cold?.upstreamPerQuery, 1, 3),
    atMost(
      'added to p50, × what the REST proxy adds',
      ratio(added?.addedP50, addedByProxy?.addedP50),
      1.25,
      2,
    ),
    atMost(
      'added to p99, × what the REST proxy adds',
      ratio(added?.addedP99, addedByProxy?.addedP99),
      1.5,
      2,
    ),
    atLeast('first: 1000, × REST proxy', wide?.toL1, 0.8, 2),
    atLeast('50 SIMs, × by hand', rateOf(lists, 'SIMs'), 0.9, 2),
    atLeast('usage records, × by hand', rateOf(lists, 'usage'), 0.9, 2),
    atMost('groups, × the time by hand', inverse(rateOf(lists, 'groups')), 1.5, 2),
    atMost('memory of filtered walks, growth in MB', lists?.filter.grownMb, 10, 1),
    atMost(
      'resident memory under load, MB',
      largest([cold?.memoryMb, warm?.memoryMb, memory?.peakMb]),
      160,
      0,
    ),
    atMost(
      'resident memory after thousands of documents, MB',
      largest(documents?.map(({ endMb }) => endMb) ?? []),
      200,
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

/**
 * @param {import('../bench.mjs').Results['lists']} lists
 * @param {string} subject - a part of its name
 */
function rateOf(lists, subject) {
  return lists?.rows.find(({ name, wrong }) => name.includes(subject) && wrong === '')?.toByHand;
}

/** @param {number | undefined} rate */
function inverse(rate) {
  return rate === undefined ? undefined : 1 / rate;
}

/**
 * The slowest shape, as a ratio to the first one. The ratio of each to the REST proxy was measured in turn with it.
 *
 * @param {import('../bench.mjs').Results['shapes']} rows
 * @param {'cold' | 'warm'} mode
 */
function slowestShape(rows, mode) {
  const own = (rows ?? []).filter(({ build }) => build === 'this').map((row) => row[mode].toL1);
  const [first, ...others] = own;
  return others.length === 0 ? null : Math.min(...others) / first;
}

/**
 * @param {number | undefined} value
 * @param {number | undefined} base
 */
function ratio(value, base) {
  return value === undefined || base === undefined ? null : value / base;
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
