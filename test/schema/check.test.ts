import { execFile } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const CHECK = fileURLToPath(new URL('check.mjs', import.meta.url));
const SCHEMA = fileURLToPath(new URL('../../schema.graphql', import.meta.url));

let repository: string;
let sdl: string;
beforeEach(async () => {
  repository = await mkdtemp(join(tmpdir(), 'schema-'));
  sdl = await readFile(SCHEMA, 'utf8');
  await write(sdl);
  await run('git', ['init', '--quiet', '--initial-branch=main']);
  await run('git', ['add', '.']);
  const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
  await run('git', [...author, 'commit', '--quiet', '--message', 'schema']);
});
afterEach(() => rm(repository, { recursive: true }));

const write = (text: string) => writeFile(join(repository, 'schema.graphql'), text);

function run(program: string, args: readonly string[]): Promise<{ status: number; output: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd: repository }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : 1, output: stdout + stderr });
    });
  });
}

const check = () => run(process.execPath, [CHECK]);

it('the schema check accepts the schema of the main branch and additions to it', async () => {
  expect(await check()).toMatchObject({ status: 0 });
  await write(`${sdl}\ntype More { field: String }\n`);
  expect(await check()).toMatchObject({ status: 0 });
});

it('the schema check rejects a breaking change and names it', async () => {
  await write(sdl.replace('  resetStatus: SimResetStatus', '  reset: SimResetStatus'));
  const { status, output } = await check();
  expect(status).toBe(1);
  expect(output).toContain('Sim.resetStatus was removed.');
});

it('the schema check accepts a listed breaking change', async () => {
  await write(sdl.replace('  resetStatus: SimResetStatus', '  reset: SimResetStatus'));
  await mkdir(join(repository, 'test/schema'), { recursive: true });
  const accepted = join(repository, 'test/schema/accepted-breaking-changes.txt');
  await writeFile(accepted, '# on purpose\n');
  expect(await check()).toMatchObject({ status: 1 });
  await appendFile(accepted, 'Sim.resetStatus was removed.\n');
  expect(await check()).toMatchObject({ status: 0 });
});
