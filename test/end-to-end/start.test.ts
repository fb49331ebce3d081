import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '../support/free-port.mjs';
import { sha256 } from '../support/wire.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Started {
  readonly process: ChildProcess;
  /** Returns the output so far. */
  output(): { stdout: string; stderr: string };
  /** Resolves with the exit code. */
  readonly exit: Promise<number | null>;
}

/** Starts the built program with these environment variables only. */
function start(env: Record<string, string>): Started {
  const started = spawn(process.execPath, [MAIN], { env });
  children.push(started);
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

test('the gateway starts with its sandbox, prints its URL and a working command, and ends on SIGTERM', async () => {
  const port = String(await freePort());
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

/** Returns the start-up message as one line. */
async function greetingOf(env: Record<string, string>): Promise<{ text: string; url: string }> {
  const port = String(await freePort());
  const { process: gateway, output, exit } = start({ ...env, PORT: port });
  while (!/\n\n$/.test(output().stdout)) {
    await Promise.race([
      once(gateway.stdout ?? gateway, 'data'),
      exit.then((code) => expect(code).toBe('running')),
    ]);
  }
  const text = output().stdout.replace(/^\{.*\n/gm, '');
  return { text, url: `http://127.0.0.1:${port}/graphql` };
}

/** Runs the printed command. */
function runPrinted(text: string, env: Record<string, string>): unknown {
  const [command = ''] = /curl -s (?:.*\\\n)+.*/.exec(text) ?? [];
  const { stdout } = spawnSync('sh', ['-c', command], { env: { PATH: process.env.PATH, ...env } });
  return JSON.parse(String(stdout));
}

const TOKENS = { GATEWAY_AUTH: 'token', GATEWAY_TOKENS: `dashboard:${sha256('a-token')}:wireless:read` };
const MANIFEST = fileURLToPath(new URL('../support/empty-manifest.json', import.meta.url));

/** Whether this machine has curl. */
const hasCurl = spawnSync('curl', ['--version']).status === 0;

test.skipIf(!hasCurl).each([
  ['without authentication', {}],
  ['with authentication', TOKENS],
  ['on every address', { HOST: '0.0.0.0' }],
])('the printed command works, %s', async (_, env) => {
  const { text, url } = await greetingOf(env);
  expect(text).toContain(url);
  expect(runPrinted(text, { TOKEN: 'a-token' })).toMatchObject({ data: { sim: { status: 'ACTIVE' } } });
});

test('GraphiQL is only printed if it is enabled', async () => {
  expect((await greetingOf({})).text).toContain('GraphiQL');
  expect((await greetingOf(TOKENS)).text).not.toContain('GraphiQL');
});

test('no command is printed if only persisted operations are allowed', async () => {
  const env = { PERSISTED_OPERATIONS: MANIFEST, PERSISTED_OPERATIONS_ONLY: 'on' };
  expect((await greetingOf(env)).text).not.toContain('curl');
});

test('an invalid variable prevents the start with one line that names it', async () => {
  const { output, exit } = start({ PORT: 'four thousand' });
  expect(await exit).toBe(1);
  expect(output().stdout).toBe('');
  expect(output().stderr).toMatch(/^PORT: [^\n]+\n$/);
});
