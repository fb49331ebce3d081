import type { Logger } from 'pino';
import { type Gateway, startGateway } from './app.js';
import { banner } from './banner.js';
import { ConfigError, readConfig } from './config/index.js';
import { createLog, exitAfterLog, tolerateOutputErrors } from './observability/log.js';

/**
 * How long a gateway that has been told to stop answers requests on open and new connections, in milliseconds: until
 * clients and balancers have learned that it stops.
 */
const LINGER_MS = 1000;

async function main(): Promise<void> {
  tolerateOutputErrors();
  const config = readConfig(process.env);
  const log = createLog(config.logLevel);
  endOnUncaught(log);
  let gateway: Gateway | null = null;
  stopOnSignal(() => gateway, log);
  gateway = await startGateway(config, log);
  log.info({ url: gateway.url, upstream: config.upstream?.dialect ?? 'sandbox' }, 'listening');
  if (process.stdout.isTTY || gateway.demoSid !== null) process.stdout.write(banner(gateway, config));
}

/** Ctrl-C reaches the gateway twice when npm has started it: from the terminal, and passed on by npm. */
const SAME_SIGINT_MS = 500;

/**
 * The first signal lets what is in flight finish; who sends a second one does not want to wait for that. During the
 * start there is nothing to finish.
 *
 * @param started - the gateway, once it has started
 */
function stopOnSignal(started: () => Gateway | null, log: Logger): void {
  let stoppedAt: number | null = null;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Without a handler the kernel would not deliver a signal to a process that is the first of its container.
    process.on(signal, () => {
      const gateway = started();
      const now = performance.now();
      if (signal === 'SIGINT' && stoppedAt !== null && now - stoppedAt < SAME_SIGINT_MS) return;
      if (stoppedAt !== null || gateway === null) process.exit(1);
      stoppedAt = now;
      log.info({ signal }, 'stopping');
      gateway.close(LINGER_MS).then(
        () => exitAfterLog(0),
        () => exitAfterLog(1),
      );
    });
  }
}

/** What nobody caught leaves the process in a state that nobody knows: it ends, for another one to take over. */
function endOnUncaught(log: Logger): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      try {
        // Its message and stack may hold anything.
        log.fatal({ error: nameOf(error) }, event);
      } finally {
        exitAfterLog(1);
      }
    });
  }
}

main().catch((error: unknown) => {
  // One line that a person can act on. For a fault of the program it has the error's name and code only.
  const text = error instanceof ConfigError ? error.message : `cannot start: ${nameOf(error)}`;
  process.stderr.write(`${text}\n`);
  exitAfterLog(1);
});

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
