import type { Logger } from 'pino';
import { type Gateway, startGateway } from './app.js';
import { banner } from './banner.js';
import { type Config, ConfigError, readConfig } from './config/index.js';
import { misspeltVariables } from './config/misspelt.js';
import { createLog, exitAfterLog, tolerateOutputErrors } from './observability/log.js';
import { describeUnexpected } from './observability/unexpected.js';
import { watchConfiguration } from './reload.js';
import { stopOnSignal } from './stop-signals.js';
import { isSupervised, maySupervise } from './workers/marker.js';
import type { Primary } from './workers/primary.js';

/**
 * Time for which the gateway continues to serve requests after a stop signal if `DRAIN_DELAY_MS` is 0 and a connection is
 * open, so that clients notice that it is stopping.
 */
const LINGER_MS = 1000;

async function main(): Promise<void> {
  tolerateOutputErrors();
  const config = readConfig(process.env);
  const log = createLog(config.logLevel, config.logFormat ?? (process.stdout.isTTY ? 'text' : 'json'));
  endOnUncaught(log);
  const close = (gateway: Gateway) => gateway.close({ delayMs: config.drainDelayMs, lingerMs: LINGER_MS });
  if (isSupervised()) {
    const { runWorker } = await import('./workers/worker.js');
    const reload = watchConfiguration(process.env, config, log);
    await runWorker(config, log, { close, reload, exit: exitAfterLog });
    return;
  }
  const misspelt = misspeltVariables(process.env);
  if (misspelt.length > 0) log.warn({ variables: misspelt }, 'environment variables that have no effect');
  if (config.workers > 1) await supervise(config, log);
  else await serve(config, log, close);
}

/** Serves in this process. */
async function serve(config: Config, log: Logger, close: (gateway: Gateway) => Promise<void>): Promise<void> {
  let gateway: Gateway | null = null;
  const closable = (running: Gateway) => ({ close: () => close(running).then(() => 0) });
  stopOnSignal(() => gateway && closable(gateway), log);
  const configuration = watchConfiguration(process.env, config, log);
  gateway = await startGateway(config, log);
  const { reload } = gateway;
  configuration.started(reload);
  announce(gateway, config, log);
}

/**
 * Serves in workers.
 *
 * @throws {ConfigError} in a worker of another program's cluster
 */
async function supervise(config: Config, log: Logger): Promise<void> {
  if (!maySupervise())
    throw new ConfigError('WORKERS: expected 1, because another program runs this one as a worker');
  const { startPrimary } = await import('./workers/primary.js');
  let primary: Primary | null = null;
  let listening = false;
  stopOnSignal(() => (listening ? primary : null), log);
  process.on('SIGHUP', () => primary?.reload());
  primary = await startPrimary(config, log, {
    listening: (url) => {
      listening = true;
      const { internalUrl = null, demoSid = null } = primary ?? {};
      announce({ url, internalUrl, demoSid }, config, log);
    },
    failed: exitAfterLog,
  });
}

/** Says where operations are served, in the log and to a person at a terminal. */
function announce(
  { url, internalUrl, demoSid }: Pick<Gateway, 'url' | 'internalUrl' | 'demoSid'>,
  config: Config,
  log: Logger,
): void {
  const facts = {
    url,
    ...(internalUrl !== null && { internalUrl }),
    ...(config.workers > 1 && { workers: config.workers }),
    upstream: upstreamOf(config),
  };
  log.info(facts, 'listening');
  if (process.stdout.isTTY || demoSid !== null) process.stdout.write(banner({ url, demoSid }, config));
}

/** Returns the dialect of the upstream, or the number of accounts, for the log. */
function upstreamOf({ accounts }: Config): string {
  const [only] = accounts ?? [];
  if (only === undefined) return 'sandbox';
  return accounts?.length === 1 ? only.upstream.dialect : `${accounts?.length} accounts`;
}

/** Ends the process on an uncaught error, because its state is unknown then. */
function endOnUncaught(log: Logger): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      try {
        log.fatal(describeUnexpected(error), event);
      } finally {
        exitAfterLog(1);
      }
    });
  }
}

main().catch((error: unknown) => {
  // One line for the operator. An unexpected error is reported by its name only.
  const text = error instanceof ConfigError ? error.message : `cannot start: ${nameOf(error)}`;
  process.stderr.write(`${text}\n`);
  exitAfterLog(1);
});

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
