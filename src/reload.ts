import { stat } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { Environment } from './config/environment.js';
import { type Config, ConfigError, readConfig } from './config/index.js';

/** How often the files of secrets are examined, in milliseconds. */
const INTERVAL_MS = 5000;

/**
 * Reads the configuration again on SIGHUP, and when a file that it was read from changes. An invalid configuration is
 * logged, and the present one stays in use.
 *
 * Files are examined in an interval, because an orchestrator replaces the folder that a secret is in, which file system
 * events do not report.
 *
 * @param apply - takes over a configuration
 */
export function reloadOnChange(
  env: Environment,
  config: Config,
  apply: (config: Config) => void,
  log: Pick<Logger, 'info' | 'error'>,
): void {
  let { files } = config;
  let seen: string | null = null;
  const reload = (cause: string) => {
    try {
      const next = readConfig(env);
      apply(next);
      files = next.files;
      log.info({ cause }, 'configuration reloaded');
    } catch (error) {
      const reason = error instanceof ConfigError ? error.message : 'unexpected error';
      log.error({ cause, reason }, 'configuration not reloaded: the present one stays in use');
    }
  };
  process.on('SIGHUP', () => reload('SIGHUP'));
  const examine = async () => {
    const state = await stateOf(files);
    if (seen !== null && state !== seen) reload('a file has changed');
    seen = state;
  };
  void examine();
  setInterval(examine, INTERVAL_MS).unref();
}

/** What changes whenever the content of one of the files changes. */
async function stateOf(files: readonly string[]): Promise<string> {
  const states = files.map((path) =>
    stat(path).then(
      ({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`,
      () => 'missing',
    ),
  );
  return (await Promise.all(states)).join(', ');
}
