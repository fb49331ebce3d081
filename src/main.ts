import type { Logger } from 'pino';
import { type Gateway, startGateway } from './app.js';
import { banner } from './banner.js';
import { type Config, ConfigError, readConfig } from './config/index.js';
import { misspeltVariables } from './config/misspelt.js';
import { createLog, exitAfterLog, tolerateOutputErrors } from './observability/log.js';
import { describeUnexpected } from './observability/unexpected.js';
import { reloadOnChange } from './reload.js';

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
  const misspelt = misspeltVariables(process.env);
  if (misspelt.length > 0) log.warn({ variables: misspelt }, 'environment variables that have no effect');
  let gateway: Gateway | null = null;
  stopOnSignal(() => gateway, config.drainDelayMs, log);
  gateway = await startGateway(config, log);
  const { reload, internalUrl } = gateway;
  reloadOnChange(process.env, config, reload, log);
  log.info(
    { url: gateway.url, ...(internalUrl !== null && { internalUrl }), upstream: upstreamOf(config) },
    'listening',
  );
  if (process.stdout.isTTY || gateway.demoSid !== null) process.stdout.write(banner(gateway, config));
}

/** What the gateway is in front of, for the log. */
function upstreamOf({ accounts }: Config): string {
  const [only] = accounts ?? [];
  if (only === undefined) return 'sandbox';
  return accounts?.length === 1 ? only.upstream.dialect : `${accounts?.length} accounts`;
}

/** Ctrl-C sends SIGINT twice to a gateway that npm has started: from the terminal and from npm. */
const SAME_SIGINT_MS = 500;

/**
 * Stops the gateway on SIGINT and SIGTERM. The first signal lets operations in flight finish. A second signal, or one
 * during the start, ends the process immediately.
 *
 * @param started - returns the gateway, or `null` during the start
 * @param drainDelayMs - how long it accepts operations after the signal
 */
function stopOnSignal(started: () => Gateway | null, drainDelayMs: number, log: Logger): void {
  let stoppedAt: number | null = null;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Without a handler the kernel does not deliver these signals to process 1 of a container.
    process.on(signal, () => {
      const gateway = started();
      const now = performance.now();
      if (signal === 'SIGINT' && stoppedAt !== null && now - stoppedAt < SAME_SIGINT_MS) return;
      if (stoppedAt !== null || gateway === null) process.exit(1);
      stoppedAt = now;
      log.info({ signal }, 'stopping');
      gateway.close({ delayMs: drainDelayMs, lingerMs: LINGER_MS }).then(
        () => exitAfterLog(0),
        () => exitAfterLog(1),
      );
    });
  }
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
