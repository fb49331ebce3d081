import { cp, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What is not cloned, or is of no concern to somebody who starts the gateway. */
const LEFT_OUT = new Set(['.git', 'node_modules', 'dist', 'coverage', 'test']);

/** A clone of this repository after `npm ci`, so that its build leaves that of the other tests alone. */
export interface Clone {
  readonly folder: string;
  remove(): Promise<void>;
}

export async function cloneRepository(): Promise<Clone> {
  const folder = await mkdtemp(join(tmpdir(), 'clone-'));
  const names = (await readdir(ROOT)).filter((name) => !LEFT_OUT.has(name));
  await Promise.all(names.map((name) => cp(join(ROOT, name), join(folder, name), { recursive: true })));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return { folder, remove: () => rm(folder, { recursive: true }) };
}
