// Installs packages of programs that the gateway is held against, when they are not there yet:
// `node test/install.mjs peers cosmo` (for the tests) or `bench`.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Their install scripts only fetch what is not used here; some ask for a Node that they do not need.
const OPTIONS = ['--ignore-scripts', '--engine-strict=false', '--no-audit', '--no-fund', '--loglevel=error'];

for (const name of process.argv.slice(2)) {
  const folder = fileURLToPath(new URL(`./${name}/`, import.meta.url));
  if (isUpToDate(folder)) continue;
  const { status } = spawnSync('npm', ['ci', ...OPTIONS], { cwd: folder, stdio: 'inherit' });
  process.exitCode ||= status ?? 1;
}

function isUpToDate(folder) {
  const installed = `${folder}node_modules/.package-lock.json`;
  return (
    existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${folder}package-lock.json`).mtimeMs
  );
}
