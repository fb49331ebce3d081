import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Ports below those that operating systems give to outgoing connections (32768 and up on Linux, 49152 and up elsewhere):
 * a connection of another test cannot take the port before the program under test listens on it.
 */
const FIRST = 12_000;
const LAST = 31_999;

/** Ports of one worker of the test runner: two workers never choose the same one. Other programs have those of worker 0. */
const PER_WORKER = 1000;

const worker = Number(process.env.VITEST_POOL_ID ?? 0) % ((LAST - FIRST + 1) / PER_WORKER);
let next = randomInt(PER_WORKER);

/**
 * Returns a port on which nothing listens. In JavaScript, because the benchmark and the soak test run without a compiler.
 *
 * @returns {Promise<number>}
 */
export async function freePort() {
  for (;;) {
    next = (next + 1) % PER_WORKER;
    const port = FIRST + worker * PER_WORKER + next;
    if (await isFree(port)) return port;
  }
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
