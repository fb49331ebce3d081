import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, createReadStream, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.mjs';
import { MAIN } from '../support/process.js';

const THROW_ON_SIGUSR2 = `process.on('SIGUSR2', () => setImmediate(() => { throw new Error('uncaught'); }));`;
/** More operations than fit into the buffer of a pipe. */
const MANY = 600;
/** More operations than fit into the buffers of a pipe and the gateway. */
const TOO_MANY = 5000;

describe.runIf(process.platform === 'linux')('standard output that does not take log lines', () => {
  let folder: string;
  let fifo: string;
  let gateway: ChildProcess;
  let url: string;
  const descriptors: number[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'output-'));
    fifo = join(folder, 'fifo');
    spawnSync('mkfifo', [fifo]);
  });
  afterEach(() => {
    gateway.kill('SIGKILL');
    for (const descriptor of descriptors.splice(0)) closeSync(descriptor);
    rmSync(folder, { recursive: true });
  });

  /** A device that behaves like a full disk. */
  const fullDisk = () => openSync('/dev/full', 'w');
  /** A pipe whose reader does not read. */
  const stuckPipe = () => openSync(fifo, constants.O_RDWR);
  /** A pipe whose reader closes it after the first bytes. */
  const closedPipe = () => {
    const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(fifo, 'w');
    closeSync(reader);
    return writer;
  };
  const outputs: [string, () => number][] = [
    ['a full disk', fullDisk],
    ['a closed pipe', closedPipe],
    ['a pipe that is not read', stuckPipe],
  ];

  async function start(output: number): Promise<void> {
    descriptors.push(output);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const preload = `data:text/javascript,${encodeURIComponent(THROW_ON_SIGUSR2)}`;
    gateway = spawn(process.execPath, ['--import', preload, MAIN], {
      env: { PATH: process.env.PATH, PORT: String(port), LOG_LEVEL: 'trace' },
      stdio: ['ignore', output, 'inherit'],
    });
    while (!(await healthy())) expect(gateway.exitCode).toBeNull();
  }

  async function healthy(): Promise<boolean> {
    return fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) }).then(
      ({ status }) => status === 200,
      () => false,
    );
  }

  /** Sends failing operations, each of which is logged. Pipelined, because it is their number that matters. */
  async function fail(times: number): Promise<Set<number>> {
    const statuses = new Set<number>();
    const body = JSON.stringify({ query: `query N${'a'.repeat(63)} { sim(sid: "nonsense") { sid } }` });
    const headers = { 'content-type': 'application/json', 'x-request-id': 'r'.repeat(64) };
    const client = new Client(url, { pipelining: 50, bodyTimeout: 5000, headersTimeout: 5000 });
    for (let sent = 0; sent < times; sent += 50) {
      const answers = Array.from({ length: 50 }, () =>
        client.request({ method: 'POST', path: '/graphql', headers, body }),
      );
      for (const answer of await Promise.all(answers)) {
        statuses.add(answer.statusCode);
        await answer.body.dump();
      }
    }
    await client.close();
    return statuses;
  }

  it.each(outputs)('prevents neither responses nor the exit on SIGTERM: %s', async (_, open) => {
    await start(open());
    expect(await fail(MANY)).toEqual(new Set([200]));
    expect(await healthy()).toBe(true);
    gateway.kill('SIGTERM');
    expect(await once(gateway, 'exit')).toEqual([0, null]);
  });

  it.each(outputs)('does not keep the process alive after an uncaught exception: %s', async (_, open) => {
    await start(open());
    await fail(MANY);
    gateway.kill('SIGUSR2');
    expect(await once(gateway, 'exit')).toEqual([1, null]);
  });

  it('drops lines that cannot be written, and the log reports their number later', async () => {
    await start(stuckPipe());
    await fail(TOO_MANY);
    const log = createInterface({ input: createReadStream(fifo) });
    for await (const line of log) {
      if (line.includes('dropped')) {
        expect(JSON.parse(line)).toMatchObject({ level: 'warn', lines: expect.any(Number) });
        break;
      }
    }
    expect(await healthy()).toBe(true);
  });
});
