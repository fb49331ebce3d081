import { statSync } from 'node:fs';
import type { Logger } from 'pino';
import type { Environment } from './config/environment.js';
import { type Config, ConfigError, readConfig } from './config/index.js';

/** How often the files of secrets are examined, in milliseconds. */
const INTERVAL_MS = 5000;

const SIGNAL = 'SIGHUP';

/** Reads the configuration again on SIGHUP, and when a file that it was read from changes. */
export interface Reload {
  /** Reports the start: from now on `apply` takes over each configuration that is read again. */
  started(apply: (config: Config) => void): void;
}

/**
 * Begins to watch. A change during the start is taken over after it. An invalid configuration is logged, and the present one
 * stays in use; it is tried again at each interval, because a file that it refers to may only be written later.
 *
 * Files are examined in an interval, because an orchestrator replaces the folder that a secret is in, which file system
 * events do not report.
 */
export function watchConfiguration(
  env: Environment,
  config: Config,
  log: Pick<Logger, 'info' | 'error'>,
): Reload {
  let { files } = config;
  let seen = stateOf(files);
  let apply: ((config: Config) => void) | null = null;
  let pending: string | null = null;
  /** Why the last configuration was invalid; `null` if it was not. */
  let failure: string | null = null;
  const reload = (cause: string) => {
    if (apply === null) {
      pending = cause;
      return;
    }
    try {
      const next = readConfig(env);
      apply(next);
      files = next.files;
      seen = stateOf(files);
      failure = null;
      log.info({ cause }, 'configuration reloaded');
    } catch (error) {
      const reason = error instanceof ConfigError ? error.message : 'unexpected error';
      if (reason !== failure || cause === SIGNAL)
        log.error({ cause, reason }, 'configuration not reloaded: the present one stays in use');
      failure = reason;
    }
  };
  process.on(SIGNAL, () => reload(SIGNAL));
  setInterval(() => {
    if (failure !== null || stateOf(files) !== seen) reload('a file has changed');
  }, INTERVAL_MS).unref();
  return {
    started(taker) {
      apply = taker;
      if (pending !== null) reload(pending);
    },
  };
}

/** What changes whenever the content of one of the files changes. */
function stateOf(files: readonly string[]): string {
  return files
    .map((path) => {
      try {
        const { ino, size, mtimeMs } = statSync(path);
        return `${ino} ${size} ${mtimeMs}`;
      } catch {
        return 'not readable';
      }
    })
    .join(', ');
}
