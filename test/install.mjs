// Installs a package of programs that the gateway is held against, when it is not there yet:
// `node test/install.mjs peers`, `cosmo` and `deploy-tools` (for the tests), `bench`, or `node-versions` (lines of Node for
// .ci/run).
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL(`./${process.argv[2]}/`, import.meta.url));
const installed = `${folder}node_modules/.package-lock.json`;
const upToDate =
  existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${folder}package-lock.json`).mtimeMs;

if (!upToDate) {
  // Their install scripts only fetch what is not used here; some ask for a Node that they do not need.
  const options = [
    '--ignore-scripts',
    '--engine-strict=false',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const { status } = spawnSync('npm', ['ci', ...options], { cwd: folder, stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
