import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { freePort } from '../support/free-port.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const INPUTS = ['src', 'build.mjs', 'package.json', 'package-lock.json', 'tsconfig.json', '.npmrc'];
/** Puts the Node of this test first, because npm starts the first `node` in PATH. */
const PATH_OF_NODE = `${dirname(process.execPath)}:${process.env.PATH}`;
const DAY_SECONDS = 24 * 60 * 60;
/** Adds code to the build. */
const CHANGE = 'process.env.CHANGED = "yes";\n';

describe('a checkout', () => {
  let checkout: string;
  const running = new Set<ChildProcess>();
  /** Standard error of all starts in a test. */
  let errors = '';

  beforeAll(() => {
    checkout = mkdtempSync(join(tmpdir(), 'checkout-'));
    for (const input of INPUTS) cpSync(join(ROOT, input), join(checkout, input), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
  });
  afterEach(async () => {
    for (const child of running) signalGroup(child, 'SIGKILL');
    await Promise.all([...running].map((child) => child.exitCode ?? once(child, 'close')));
    running.clear();
    errors = '';
  });
  afterAll(() => rmSync(checkout, { recursive: true, force: true }));

  /** npm starts a shell, which starts the gateway: all are in the same process group. */
  function signalGroup({ pid = 0 }: ChildProcess, signal: NodeJS.Signals): void {
    try {
      process.kill(-pid, signal);
    } catch {
      // The process has ended.
    }
  }

  async function npmStart(env: Record<string, string> = {}): Promise<{ url: string; npm: ChildProcess }> {
    const port = String(await freePort());
    const npm = spawn('npm', ['start'], {
      cwd: checkout,
      env: {
        PATH: PATH_OF_NODE,
        HOME: process.env.HOME,
        npm_config_update_notifier: 'false',
        PORT: port,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    running.add(npm);
    npm.stderr.on('data', (data) => {
      errors += data;
    });
    const lines = createInterface({ input: npm.stdout });
    const listening = new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => line.includes('"listening"') && resolve());
      lines.on('close', () => reject(new Error('ended before it listened')));
    });
    await listening;
    return { url: `http://127.0.0.1:${port}`, npm };
  }

  const build = () =>
    spawnSync('npm', ['run', 'build'], {
      cwd: checkout,
      env: { ...process.env, PATH: PATH_OF_NODE },
      encoding: 'utf8',
    });
  const builds = () =>
    readdirSync(join(checkout, 'dist')).filter((name) =>
      statSync(join(checkout, 'dist', name)).isDirectory(),
    );
  const current = () => /[0-9a-f]{16}/.exec(readFileSync(join(checkout, 'dist/main.js'), 'utf8'))?.[0] ?? '';
  const graphiql = (url: string) => fetch(`${url}/graphql`, { headers: { accept: 'text/html' } });

  it('can be started several times at once', async () => {
    const gateways = await Promise.all([npmStart(), npmStart(), npmStart()]);
    for (const { url } of gateways) expect((await graphiql(url)).status).toBe(200);
    expect(builds()).toEqual([current()]);
    expect(errors).toBe('');
  });

  it('is not built again without a change', () => {
    build();
    const { ino, mtimeMs } = statSync(join(checkout, 'dist', current(), 'main.js'));
    expect(build().status).toBe(0);
    expect(statSync(join(checkout, 'dist', current(), 'main.js'))).toMatchObject({ ino, mtimeMs });
  });

  it('keeps the files of a running gateway during a build', async () => {
    const { url } = await npmStart();
    const former = current();
    appendFileSync(join(checkout, 'src/main.ts'), CHANGE);
    expect(build().status).toBe(0);
    expect(current()).not.toBe(former);
    expect((await graphiql(url)).status).toBe(200);
  });

  it('keeps the last build when a build fails', async () => {
    build();
    const former = current();
    const main = readFileSync(join(checkout, 'src/main.ts'));
    appendFileSync(join(checkout, 'src/main.ts'), 'this is no TypeScript');
    const { status, stderr } = build();
    expect(status).not.toBe(0);
    expect(stderr).toContain('main.ts');
    expect(current()).toBe(former);
    expect(builds()).toContain(former);
    expect(readdirSync(join(checkout, 'dist')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    writeFileSync(join(checkout, 'src/main.ts'), main);
    await npmStart();
  });

  it('removes a build a day after it was replaced, and the files of aborted builds', () => {
    build();
    const former = current();
    appendFileSync(join(checkout, 'src/main.ts'), CHANGE);
    build();
    expect(builds()).toContain(former);
    const killed = `${former}.killed.tmp`;
    cpSync(join(checkout, 'dist', former), join(checkout, 'dist', killed), { recursive: true });
    const long = Date.now() / 1000 - 2 * DAY_SECONDS;
    for (const name of [former, killed, current()]) utimesSync(join(checkout, 'dist', name), long, long);
    build();
    expect(existsSync(join(checkout, 'dist', former))).toBe(false);
    expect(existsSync(join(checkout, 'dist', killed))).toBe(false);
    expect(builds()).toContain(current());
  });

  describe('with a slow upstream', () => {
    let sandbox: Sandbox;
    beforeEach(async () => {
      sandbox = await startSandbox();
    });
    afterEach(() => sandbox.close());

    it.each<[string, (npm: ChildProcess) => void]>([
      ['npm itself gets SIGTERM', (npm) => npm.kill('SIGTERM')],
      // The terminal signals all foreground processes, and npm forwards its signal.
      ['Ctrl-C is pressed', (npm) => signalGroup(npm, 'SIGINT')],
    ])('completes operations in flight and exits with 0 when %s', async (_, stop) => {
      const { url, npm } = await npmStart({
        TWILIO_ACCOUNT_SID: sandbox.credentials.accountSid,
        TWILIO_AUTH_TOKEN: sandbox.credentials.authToken,
        UPSTREAM_URL: sandbox.url,
      });
      let release = () => {};
      const until = new Promise<void>((resolve) => {
        release = resolve;
      });
      sandbox.faults.add({ kind: 'hold', until });
      const answer = fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: `{ sim(sid: "${sandbox.cleanSimSid}") { status } }` }),
      });
      await sandbox.requestStarted();
      const exit = once(npm, 'exit');
      stop(npm);
      while ((await fetch(`${url}/health`).catch(() => null)) !== null) expect(npm.exitCode).toBeNull();
      release();
      expect(await (await answer).json()).toMatchObject({ data: { sim: { status: expect.any(String) } } });
      expect(await exit).toEqual([0, null]);
    });
  });
});
