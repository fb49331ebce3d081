import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.mjs';

const PROGRAM = 'redis-server';

/** Whether Redis is installed; otherwise tests that need it are skipped. */
export const hasRedis = spawnSync(PROGRAM, ['--version']).status === 0;

/** A separate in-memory Redis on a loopback port. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Sends one command. @returns the raw reply */
  command(text: string): Promise<string>;
  /** Suspends the process without closing its connections, or resumes it. */
  hang(hanging: boolean): void;
  /** Ends the process at once, as a crash does. */
  close(): Promise<void>;
}

export interface RedisOptions {
  /** Port of a Redis that was closed; by default a free one. */
  readonly port?: number;
  /** Further arguments of the program. */
  readonly args?: readonly string[];
  /** Line of the output after which it accepts commands. */
  readonly readyLine?: string;
}

export async function startRedis({
  port = 0,
  args = [],
  readyLine = 'Ready to accept connections',
}: RedisOptions = {}): Promise<TestRedis> {
  const listenPort = port === 0 ? await freePort() : port;
  // A replica writes the data of its primary to a file first; a Sentinel and a node of a cluster keep their state in one.
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  const configuration = join(folder, 'redis.conf');
  writeFileSync(configuration, '');
  const server = spawn(
    PROGRAM,
    [
      configuration,
      ...['--port', String(listenPort), '--bind', '127.0.0.1', '--dir', folder],
      ...(args.includes('--sentinel') ? [] : ['--save', '', '--appendonly', 'no']),
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  await ready(server, readyLine);
  return {
    url: `redis://127.0.0.1:${listenPort}`,
    port: listenPort,
    command: (text) => command(listenPort, text),
    hang: (hanging) => void server.kill(hanging ? 'SIGSTOP' : 'SIGCONT'),
    async close() {
      if (server.exitCode === null && server.signalCode === null) {
        server.kill('SIGKILL');
        await once(server, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function command(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`${text}\r\n`);
  const [reply] = await once(socket, 'data');
  socket.destroy();
  return String(reply);
}

function ready({ stdout }: ChildProcess, line: string): Promise<void> {
  return new Promise((resolve) => {
    let text = '';
    stdout?.on('data', (data) => {
      text += data;
      if (text.includes(line)) resolve();
    });
  });
}
