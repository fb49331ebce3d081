import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../support/free-port.mjs';

/**
 * A server in a process of its own.
 *
 * @typedef {object} Program
 * @property {string} url
 * @property {number} startedMs milliseconds from the start of its process to its first good answer
 * @property {() => number | null} memoryMb resident memory; `null` where the system does not tell (not Linux)
 * @property {() => number | null} cpuSeconds processor time taken so far; `null` where the system does not tell
 * @property {() => Promise<void>} stop
 */

/**
 * @typedef {object} ProgramOptions
 * @property {string} file
 * @property {Record<string, string>} env its whole environment, but for PORT and PATH
 * @property {string[]} [nodeArgs]
 * @property {(url: string) => Promise<unknown>} ready asks it something; rejects until there is a good answer
 */

const START_LIMIT_MS = 60_000;
/** Of the processor times in /proc, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

/**
 * Starts a program and waits until it answers.
 *
 * @param {ProgramOptions} options
 * @returns {Promise<Program>}
 * @throws {Error} with what it wrote to stderr, when it ends or does not answer within a minute
 */
export async function startProgram({ file, env, nodeArgs = [], ready }) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...nodeArgs, file], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env, PORT: String(port) },
    // Logs are written, but reading them is not the load generator's work.
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.add(child);
  const exited = once(child, 'exit').then(() => running.delete(child));
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors = (errors + text).slice(-4000);
  });
  for (let error = await failure(ready, url); error !== null; error = await failure(ready, url)) {
    if (!running.has(child) || performance.now() - startedAt > START_LIMIT_MS) {
      child.kill('SIGKILL');
      throw new Error(`${file} does not answer: ${error}\n${errors}`);
    }
    await sleep(5);
  }
  const { pid } = child;
  return {
    url,
    startedMs: performance.now() - startedAt,
    memoryMb: () => memoryMb(pid),
    cpuSeconds: () => cpuSeconds(pid),
    async stop() {
      child.kill('SIGTERM');
      const patience = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await exited;
      clearTimeout(patience);
    },
  };
}

/**
 * @param {ProgramOptions['ready']} ready
 * @param {string} url
 * @returns {Promise<unknown>} `null` when there is none
 */
async function failure(ready, url) {
  try {
    await ready(url);
    return null;
  } catch (error) {
    return error;
  }
}

/** @param {number | undefined} pid */
function memoryMb(pid) {
  if (!existsSync(`/proc/${pid}/status`)) return null;
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return kilobytes === undefined ? null : Number(kilobytes) / 1024;
}

/** @param {number | undefined} pid */
function cpuSeconds(pid) {
  if (!existsSync(`/proc/${pid}/stat`)) return null;
  // The name of the program comes first, in parentheses, and may hold spaces itself.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
