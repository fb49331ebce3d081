import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type GatewayProcess, watch } from '../support/process.js';
import { argumentsOf, commandOf, copiesOf, environmentOf, readStages, type Stage } from './dockerfile.js';
import { ROOT } from './files.js';

/** A container: the command of the image in a process, with the variables of the image and no others. */
export interface Container extends Omit<GatewayProcess, 'url'> {
  /** Runs the health check of the image with the variables of the container, and returns its exit code. */
  checkHealth(): Promise<number | null>;
}

/** What `docker build` makes of the Dockerfile, without the files of the base image. */
export class Image {
  private constructor(
    private readonly top: string,
    private readonly stage: Stage,
    private readonly children: ChildProcess[] = [],
  ) {}

  /**
   * Follows the Dockerfile: copies what it copies, and runs the build in between. The packages are those that are
   * installed already.
   */
  static async build(): Promise<Image> {
    const stages = readStages();
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error('expected a stage');
    const image = new Image(await mkdtemp(join(tmpdir(), 'image-')), stage);
    for (const { name, image: base } of stages) await mkdir(join(image.top, name ?? basename(base)));
    for (const each of stages) {
      await image.#copy(each);
      if (each === stage) continue;
      await symlink(join(ROOT, 'node_modules'), join(image.#folderOf(each), 'node_modules'));
      execFileSync('npm', ['run', 'build'], { cwd: image.#folderOf(each), stdio: 'pipe' });
    }
    // For the user of the image, who is not the owner of the files.
    await chmod(image.top, 0o755);
    return image;
  }

  /** Starts the command of the image as its user, where this process may do that. */
  run(variables: Readonly<Record<string, string>>): Container {
    const env = { ...environmentOf(this.stage), ...variables };
    const process = watch(this.#spawn(commandOf(this.stage, 'ENTRYPOINT'), env));
    return {
      ...process,
      checkHealth: () => watch(this.#spawn(commandOf(this.stage, 'HEALTHCHECK'), env)).exit,
    };
  }

  /** Ends what still runs. */
  async remove(): Promise<void> {
    for (const child of this.children) child.kill('SIGKILL');
    await rm(this.top, { recursive: true });
  }

  async #copy(stage: Stage): Promise<void> {
    for (const { from, sources, target } of copiesOf(stage)) {
      for (const source of sources) {
        // Paths in another stage begin with the working directory of that stage.
        const path = from === undefined ? join(ROOT, source) : join(this.top, from, basename(source));
        const name = target.endsWith('/') ? join(target, basename(source)) : target;
        await cp(path, join(this.#folderOf(stage), name), { recursive: true });
      }
    }
  }

  #folderOf({ name, image }: Stage): string {
    return join(this.top, name ?? basename(image));
  }

  #spawn([program, ...args]: readonly [string, ...string[]], env: Record<string, string>): ChildProcess {
    if (program !== '/nodejs/bin/node') throw new Error('expected the path of Node in the base image');
    const [uid, gid] = argumentsOf(this.stage, 'USER').split(':').map(Number);
    const user = process.getuid?.() === 0 && uid !== undefined && gid !== undefined ? { uid, gid } : {};
    const child = spawn(process.execPath, args, { cwd: this.#folderOf(this.stage), env, ...user });
    this.children.push(child);
    return child;
  }
}
