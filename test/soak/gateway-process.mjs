import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/free-port.mjs';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const LONGEST_START_MS = 30_000;
const POLL_MS = 50;

/** One gateway, as an operator runs it, that can be stopped and started again on the same port. */
export class GatewayProcess {
  #child = null;
  #port = 0;
  #sandbox;
  /** The child that has been asked to stop. */
  #stopping = null;

  /** Codes that it has ended with; a text where it was a signal, or where it ended by itself. */
  exits = [];

  /**
   * @param {string} name - what the report calls it
   * @param {import('../../src/sandbox/index.js').Sandbox} sandbox - its upstream
   */
  constructor(name, sandbox) {
    this.name = name;
    this.#sandbox = sandbox;
  }

  get url() {
    return `http://127.0.0.1:${this.#port}`;
  }

  get port() {
    return this.#port;
  }

  /** Starts it. Resolves once it is ready. */
  async start() {
    this.#port ||= await freePort();
    const { url, credentials } = this.#sandbox;
    this.#child = spawn(process.execPath, [MAIN], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        PORT: String(this.#port),
        LOG_LEVEL: 'warn',
        UPSTREAM_URL: url,
        TWILIO_ACCOUNT_SID: credentials.accountSid,
        TWILIO_AUTH_TOKEN: credentials.authToken,
        // Short enough for what is held to be let go of many times in a run.
        CACHE_TTL_MS: '200',
        STALE_IF_ERROR_MS: '2000',
        UPSTREAM_TIMEOUT_MS: '3000',
      },
    });
    const child = this.#child;
    child.once('exit', (code, signal) => {
      const asked = child === this.#stopping;
      this.exits.push(asked ? (code ?? signal) : `by itself, with ${code ?? signal}`);
    });
    await this.#ready(child);
  }

  /** Asks it to stop, as whoever rolls out a new version does. @returns the code that it ends with */
  async stop() {
    const child = this.#child;
    if (child.exitCode === null && child.signalCode === null) {
      this.#stopping = child;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    return this.exits.at(-1);
  }

  async #ready(child) {
    const until = performance.now() + LONGEST_START_MS;
    while (performance.now() < until && child.exitCode === null) {
      const response = await fetch(`${this.url}/ready`).catch(() => null);
      if (response?.status === 200) return;
      await sleep(POLL_MS);
    }
    child.kill('SIGKILL');
    throw new Error(`gateway ${this.name} did not start`);
  }
}
