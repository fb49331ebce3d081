import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startProgram } from './process.mjs';

/** @typedef {import('./process.mjs').Program & { requests: () => Promise<number> }} Upstream */

const QUIET_MS = 100;

/**
 * Starts a stand-in upstream.
 *
 * @param {number} latencyMs - that every answer of it waits
 * @returns {Promise<Upstream>} whose `requests` tells how many there have been
 */
export async function startUpstream(latencyMs = 0) {
  const program = await startProgram({
    file: fileURLToPath(new URL('../upstream.mjs', import.meta.url)),
    env: { LATENCY_MS: String(latencyMs) },
    ready: readCount,
  });
  return { ...program, requests: () => settledCount(program.url) };
}

/**
 * The count once no more requests come: a load that ends leaves some on their way.
 *
 * @param {string} url
 */
async function settledCount(url) {
  for (let count = await readCount(url); ; ) {
    await sleep(QUIET_MS);
    const now = await readCount(url);
    if (now === count) return count;
    count = now;
  }
}

/**
 * @param {string} url
 * @returns {Promise<number>}
 */
async function readCount(url) {
  const answer = await fetch(`${url}/bench/requests`);
  return (await answer.json()).requests;
}
