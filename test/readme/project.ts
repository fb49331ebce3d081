import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { BLOCKS, block, type Ports, withPorts } from './blocks.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What a command has written. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs until it is closed. */
export interface Running {
  /** Everything that it has written so far. */
  output(): string;
  close(): Promise<void>;
}

/**
 * A team's project: a temporary folder with files and commands of the documents. It finds packages
 * that are installed for the tests, and those of the gateway behind them, as if they were installed there.
 */
export class Project {
  private constructor(
    private readonly top: string,
    readonly folder: string,
    private readonly ports: Ports,
  ) {}

  /**
   * @param names - blocks of the documents, each written to the file that it is named after
   * @param packages - which of the folders of `test` has the programs
   */
  static async create(
    ports: Ports,
    names: readonly string[],
    packages: 'peers' | 'cosmo' = 'peers',
  ): Promise<Project> {
    const top = await mkdtemp(join(tmpdir(), 'readme-'));
    const project = new Project(top, join(top, 'project'), ports);
    await mkdir(project.folder);
    await symlink(join(ROOT, 'node_modules'), join(top, 'node_modules'));
    await symlink(join(ROOT, 'test', packages, 'node_modules'), join(project.folder, 'node_modules'));
    for (const name of names) await project.write(name, project.block(name));
    return project;
  }

  /** A block of the documents, with the ports of the test. */
  block(name: string): string {
    return withPorts(block(name), this.ports);
  }

  async write(name: string, text: string): Promise<void> {
    const path = join(this.folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }

  read(name: string): Promise<string> {
    return readFile(join(this.folder, name), 'utf8');
  }

  /** Copies a program of `test/readme/apps` into `src`. */
  async use(app: string): Promise<void> {
    await cp(join(ROOT, 'test/readme/apps', app), join(this.folder, 'src', app));
  }

  /**
   * Runs a shell command to its end.
   *
   * @throws {Error} with what it has written, when it fails
   */
  run(command: string, env: Record<string, string> = {}): Promise<Output> {
    return runIn(this.folder, command, env);
  }

  /** Starts a shell command and waits until it has written `ready`. */
  start(command: string, ready: string, env: Record<string, string> = {}): Promise<Running> {
    return startIn(this.folder, command, ready, env);
  }

  /** Makes one file of a program in `src` and all that it imports. */
  async bundle(entry: string, platform: 'node' | 'browser'): Promise<string> {
    const file = join(this.folder, `out/${entry.replace(/\.\w+$/, '')}.${platform}.mjs`);
    const build = await rolldown({
      input: join(this.folder, 'src', entry),
      platform,
      resolve: { conditionNames: ['development', 'import', 'module', platform, 'default'] },
      transform: { define: { 'process.env.NODE_ENV': '"development"' } },
      logLevel: 'silent',
    });
    await build.write({ file, format: 'esm', codeSplitting: false });
    await build.close();
    return file;
  }

  /** Bundles a program and runs it; what it prints is JSON. */
  async runApp<Result>(entry: string, args: readonly string[]): Promise<Result> {
    const file = await this.bundle(entry, 'node');
    const { stdout, stderr } = await this.run(`node ${file} ${args.join(' ')}`);
    if (stderr !== '') throw new Error(`expected no complaint: ${stderr}`);
    return JSON.parse(stdout);
  }

  /** A copy of the project that has another gateway. */
  async movedTo(ports: Ports): Promise<Project> {
    const copy = await Project.create(ports, []);
    for (const folder of ['src', '__generated__']) {
      const from = join(this.folder, folder);
      if (existsSync(from)) await cp(from, join(copy.folder, folder), { recursive: true });
    }
    for (const { name } of BLOCKS.filter(({ name }) => existsSync(join(this.folder, name)))) {
      if (name.startsWith('src/')) await copy.write(name, copy.block(name));
    }
    return copy;
  }

  remove(): Promise<void> {
    return rm(this.top, { recursive: true });
  }
}

/** Programs that would ask a host on the internet, and fail without it, for what no command needs. */
const OFFLINE = {
  npm_config_offline: 'true',
  npm_config_update_notifier: 'false',
  COSMO_TELEMETRY_DISABLED: 'true',
};

/** The environment of a command: nothing of the test's but where programs are. */
function environment(env: Record<string, string>): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, ...OFFLINE, ...env };
}

/** Runs a shell command in a folder to its end. */
export async function runIn(cwd: string, command: string, env: Record<string, string> = {}): Promise<Output> {
  const child = spawn('bash', ['-ec', command], { cwd, env: environment(env), timeout: 120_000 });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`exit code ${code} of: ${command}\n${stdout}\n${stderr}`);
  return { stdout, stderr };
}

/** Starts a shell command in a folder and waits until it has written `ready`. */
export async function startIn(
  cwd: string,
  command: string,
  ready: string,
  env: Record<string, string> = {},
): Promise<Running> {
  // A process group of its own, since npm and the shell pass no signal on.
  const child = spawn('bash', ['-ec', command], { cwd, env: environment(env), detached: true });
  let output = '';
  const closed = once(child, 'close');
  const found = new Promise<void>((resolve) => {
    const read = (text: string) => {
      output += text;
      if (output.includes(ready)) resolve();
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
  });
  const close = async () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await closed;
  };
  await Promise.race([
    found,
    closed.then(() => Promise.reject(new Error(`expected it to write ${ready}: ${command}\n${output}`))),
  ]);
  return { output: () => output, close };
}
