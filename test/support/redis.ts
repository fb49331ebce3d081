import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';

const PROGRAM = 'redis-server';

/** Whether this machine has Redis; tests that need it are skipped where it has not. */
export const hasRedis = spawnSync(PROGRAM, ['--version']).status === 0;

/** A Redis of its own, in memory, on a loopback port. */
export interface TestRedis {
  readonly url: string;
  close(): Promise<void>;
}

export async function startRedis(): Promise<TestRedis> {
  const port = await freePort();
  const server = spawn(
    PROGRAM,
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  await ready(server);
  return {
    url: `redis://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.once('exit', () => resolve());
        server.kill();
      }),
  };
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

/** A port that nobody listens on. */
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
