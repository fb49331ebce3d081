// Builds the gateway into dist: `node build.mjs`.
//
// A build is a folder of its own, `dist/<hash of its inputs>/`, which appears whole by a rename. `dist/main.js` and the
// other entries only lead to it and are replaced by a rename as well. So several builds and starts can run at once in
// one checkout, and a process that runs keeps the files of its own build, of which it loads some later.
import { createHash, randomUUID } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';

const ENTRIES = {
  main: 'src/main.ts',
  'small-heap': 'src/small-heap.ts',
  'print-schema': 'src/print-schema.ts',
  sandbox: 'src/sandbox/index.ts',
};
const DIST = 'dist';
const DAY_MS = 24 * 60 * 60_000;

process.chdir(import.meta.dirname);
const name = hashOfInputs();
if (!existsSync(join(DIST, name))) await build(name);
for (const entry of Object.keys(ENTRIES)) leadTo(entry, name);
removeOldBuilds(name);

/** Hash of everything that a build is made of: sources, settings, this script and the installed packages. */
function hashOfInputs() {
  const hash = createHash('sha256');
  const files = ['build.mjs', 'package.json', 'package-lock.json', 'tsconfig.json'];
  // Missing when packages were installed by other means than npm; then package-lock.json has to do.
  if (existsSync('node_modules/.package-lock.json')) files.push('node_modules/.package-lock.json');
  for (const path of readdirSync('src', { recursive: true }).sort()) {
    if (statSync(join('src', path)).isFile()) files.push(join('src', path));
  }
  for (const file of files) {
    const content = readFileSync(file);
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * Bundles the gateway, its packages included: to look for some 800 modules and to load each by itself takes as long as
 * all the rest of the start. What only some settings need stays in chunks of its own, which are loaded on demand.
 */
async function build(name) {
  // Not at the top: where nothing has changed, a start does not wait for the bundler to load, nor need it installed.
  const { build: bundle } = await import('rolldown');
  const folder = join(DIST, `${name}.${randomUUID()}.tmp`);
  try {
    await bundle({
      input: ENTRIES,
      platform: 'node',
      tsconfig: 'tsconfig.json',
      output: { dir: folder, entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js' },
    });
    renameSync(folder, join(DIST, name));
  } catch (error) {
    // Another build of the same inputs may have been faster.
    if (!existsSync(join(DIST, name))) throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes an entry of `dist` lead to a build. */
function leadTo(entry, name) {
  const path = join(DIST, `${entry}.js`);
  const text = `export * from './${name}/${entry}.js';\n`;
  const former = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (former === text) return;
  const [, formerName] = /^export \* from '\.\/([0-9a-f]{16})\//.exec(former) ?? [];
  if (formerName !== undefined && existsSync(join(DIST, formerName))) {
    // See `removeOldBuilds`.
    const now = new Date();
    utimesSync(join(DIST, formerName), now, now);
  }
  const temporary = `${path}.${randomUUID()}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}

/**
 * Removes builds that no process can use any more. The time of change of a build's folder is when another one took its
 * place. It is kept for a day from then, and for as long as a gateway runs that was started before then.
 */
function removeOldBuilds(current) {
  const replacedBefore = Math.min(Date.now() - DAY_MS, firstStart());
  for (const file of readdirSync(DIST)) {
    if (file === current || !/^[0-9a-f]{16}$|\.tmp$/.test(file)) continue;
    const path = join(DIST, file);
    // Another build may remove it at the same time.
    const replacedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
    if (replacedAt < replacedBefore) rmSync(path, { recursive: true, force: true });
  }
}

/** When the oldest running gateway of this or another checkout was started; `Infinity` where that is not known. */
function firstStart() {
  const starts = processes().map((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      if (!command.some((argument) => argument.endsWith('dist/main.js'))) return Number.POSITIVE_INFINITY;
      // proc(5): the 22nd field of stat is the start in hundredths of a second after boot. The second is a name in
      // parentheses, which may hold anything.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const startedAfterBoot = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]) / 100;
      return Date.now() - (uptime() - startedAfterBoot) * 1000;
    } catch {
      // It has ended.
      return Number.POSITIVE_INFINITY;
    }
  });
  return Math.min(...starts);
}

/** The ids of all processes, where the system has them in /proc. */
function processes() {
  return existsSync('/proc/self/stat') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
}
