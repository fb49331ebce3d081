import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill('SIGKILL');
});

interface Started {
  readonly process: ChildProcess;
  /** Everything that it has written so far. */
  output(): { stdout: string; stderr: string };
  /** Resolves with its exit code. */
  readonly exit: Promise<number | null>;
}

/** Starts the built program with nothing in its environment but these variables. */
function start(env: Record<string, string>): Started {
  const started = spawn(process.execPath, [MAIN], { env });
  child = started;
  let stdout = '';
  let stderr = '';
  started.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  started.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  return {
    process: started,
    output: () => ({ stdout, stderr }),
    exit: once(started, 'close').then(([code]) => code as number | null),
  };
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return String(typeof address === 'object' ? address?.port : address);
}

test('it starts on its sandbox, prints where it is and a query that works as printed, and ends on SIGTERM', async () => {
  const port = await freePort();
  const { process: gateway, output, exit } = start({ PORT: port });
  while (!/-d '.*'/.test(output().stdout)) {
    await Promise.race([
      once(gateway.stdout ?? gateway, 'data'),
      exit.then((code) => expect(code).toBe('running')),
    ]);
  }
  const { stdout } = output();
  expect(stdout).toContain(`http://127.0.0.1:${port}/graphql`);
  const [, url = '', type = ''] = /curl -s (\S+) -H 'content-type: (\S+)'/.exec(stdout) ?? [];
  const [, body = ''] = /-d '(.*)'/.exec(stdout) ?? [];
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body });
  const edge = { cursor: expect.any(String), node: expect.objectContaining({ start: expect.any(String) }) };
  expect(await answer.json()).toMatchObject({
    data: {
      sim: { status: 'ACTIVE', dataSessions: { edges: [edge, edge, edge], pageInfo: { hasNextPage: true } } },
    },
    extensions: { upstream: { requests: 2 } },
  });
  gateway.kill('SIGTERM');
  expect(await exit).toBe(0);
  expect(output().stderr).toBe('');
});

test('a senseless variable stops it with one line that names the variable', async () => {
  const { output, exit } = start({ PORT: 'four thousand' });
  expect(await exit).toBe(1);
  expect(output().stdout).toBe('');
  expect(output().stderr).toMatch(/^PORT: [^\n]+\n$/);
});
