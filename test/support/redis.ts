import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
  close(): Promise<void>;
}

export async function startRedis(): Promise<TestRedis> {
  const port = await freePort();
  // A replica writes the data of its primary to a file first.
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  const server = spawn(
    PROGRAM,
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  await ready(server);
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    command: (text) => command(port, text),
    hang: (hanging) => void server.kill(hanging ? 'SIGSTOP' : 'SIGCONT'),
    close: () =>
      new Promise((resolve) => {
        server.once('exit', () => {
          rmSync(folder, { recursive: true });
          resolve();
        });
        server.kill('SIGCONT');
        server.kill();
      }),
  };
}

async function command(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`${text}\r\n`);
  const [reply] = await once(socket, 'data');
  socket.destroy();
  return String(reply);
}

function ready({ stdout }: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    let text = '';
    stdout?.on('data', (data) => {
      text += data;
      if (text.includes('Ready to accept connections')) resolve();
    });
  });
}

/** Returns an unused port. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
