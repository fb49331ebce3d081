import autocannon from 'autocannon';
import { percentile } from './statistics.mjs';

/*
 * autocannon runs in the bench's own process. On two cores it and the stand-in upstream share one while the
 * contestant has the other, which the operating system arranges better than pinning does: garbage collection and
 * compilation of the contestant have threads of their own. Whether the load was ever what was measured can be told
 * from two numbers: the row of L2, which does next to nothing, is the ceiling of the arrangement; and `busy` says how
 * much of a core the generator took.
 */

/**
 * @typedef {object} Load
 * @property {string} url
 * @property {(sid: string, first: number) => import('./query.mjs').Request} request
 * @property {readonly string[]} sids each connection has its own share of them, so that no two ask the same at once
 * @property {number} first
 * @property {number} connections
 * @property {number} [seconds] how long; or else
 * @property {number} [amount] how many requests
 */

/**
 * @typedef {object} LoadResult
 * @property {number} requests sent; the last of them are not waited for
 * @property {number} perSecond
 * @property {number} p50 milliseconds
 * @property {number} p99 milliseconds
 * @property {number} busy share of one core that the load generator took
 */

/**
 * Asks as fast as the answers come.
 *
 * @param {Load} load
 * @returns {Promise<LoadResult>}
 * @throws {Error} when an answer is missing, or not 200
 */
export async function runLoad({ url, request, sids, first, connections, seconds, amount }) {
  /** @type {number[]} */
  const times = [];
  let connection = 0;
  /** When the first and the latest answer came: the generator's own preparation is not the contestant's time. */
  let [firstAt, latestAt] = [0, 0];
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const instance = autocannon({
    url,
    connections,
    ...(amount === undefined ? { duration: seconds } : { amount }),
    setupClient(client) {
      const own = sids.filter((_, index) => index % connections === connection);
      connection += 1;
      client.setRequests(own.map((sid) => request(sid, first)));
    },
  });
  // Its own statistics are in whole milliseconds.
  instance.on('response', (_client, _status, _bytes, ms) => {
    latestAt = performance.now();
    if (times.length < 2) firstAt = latestAt;
    times.push(ms);
  });
  const result = await instance;
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  if (result.errors + result.non2xx > 0 || times.length < 2) {
    throw new Error(
      `${url}: ${times.length} answers, ${result.errors} errors, ${result.non2xx} answers that are not 200`,
    );
  }
  return {
    requests: result.requests.sent,
    perSecond: ((times.length - 1) * 1000) / (latestAt - firstAt),
    p50: percentile(times, 50),
    p99: percentile(times, 99),
    busy: (user + system) / 1000 / elapsedMs,
  };
}
