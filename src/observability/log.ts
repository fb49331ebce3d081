import { type Logger, type LoggerOptions, pino } from 'pino';

/** Characters of log lines that wait for a reader of standard output; further lines are dropped. */
const MAX_WAITING = 1024 * 1024;

/** How long the last lines may take to be written when the process ends, in milliseconds. */
const FLUSH_MS = 500;

const { stdout, stderr } = process;

/**
 * Creates the process's log: JSON lines on standard output.
 *
 * Logging never fails and never blocks. Pino's own destination retries a write that failed until it succeeds, so
 * that a full disk or a reader that has stopped would stop the gateway as well; here a line that cannot be written is
 * dropped. The first line that can be written again is followed by one that counts the dropped ones.
 */
export function createLog(level: NonNullable<LoggerOptions['level']>): Logger {
  let dropped = 0;
  const noteResult = (error?: Error | null) => {
    if (error) {
      dropped += 1;
    } else if (dropped > 0) {
      const lines = dropped;
      dropped = 0;
      log.warn({ lines }, 'log lines were dropped: standard output did not take them');
    }
  };
  const log = pino(
    { level },
    {
      write(line: string) {
        if (stdout.writableLength > MAX_WAITING) dropped += 1;
        else stdout.write(line, noteResult);
      },
    },
  );
  return log;
}

/** Keeps errors of standard output and standard error (EPIPE, ENOSPC) from ending the process. */
export function tolerateOutputErrors(): void {
  for (const output of [stdout, stderr]) output.on('error', () => undefined);
}

/**
 * Ends the process once standard output has taken the lines that were logged, or half a second later. Further calls
 * have no effect.
 */
export function exitAfterLog(code: number): void {
  if (process.exitCode !== undefined) return;
  process.exitCode = code;
  if (stdout.writableLength === 0) process.exit(code);
  const exit = () => process.exit(code);
  setTimeout(exit, FLUSH_MS);
  stdout.write('', exit);
}
