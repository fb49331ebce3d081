import type { Logger } from 'pino';
import { exitAfterLog } from './observability/log.js';

/** Ctrl-C sends SIGINT twice to a gateway that npm has started: from the terminal and from npm. */
const SAME_SIGINT_MS = 500;

/**
 * Stops the process on SIGINT and SIGTERM. The first signal lets operations in flight finish. A second signal, or one
 * during the start, ends the process immediately.
 *
 * @param started - returns what has to be closed, `null` during the start. `close` resolves with the exit code
 */
export function stopOnSignal(started: () => { close(): Promise<number> } | null, log: Logger): void {
  let stoppedAt: number | null = null;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Without a handler the kernel does not deliver these signals to process 1 of a container.
    process.on(signal, () => {
      const running = started();
      const now = performance.now();
      if (signal === 'SIGINT' && stoppedAt !== null && now - stoppedAt < SAME_SIGINT_MS) return;
      if (stoppedAt !== null || running === null) process.exit(1);
      stoppedAt = now;
      log.info({ signal }, 'stopping');
      running.close().then(exitAfterLog, () => exitAfterLog(1));
    });
  }
}
