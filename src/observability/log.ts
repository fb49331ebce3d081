import { type Logger, type LoggerOptions, pino, stdTimeFunctions } from 'pino';
import { textOf } from './log-text.js';

/** Maximum length of buffered log lines in characters. Further lines are dropped until standard output is read. */
const MAX_BUFFERED_CHARS = 1024 * 1024;

/** Time limit for writing the last log lines when the process ends. */
const FLUSH_MS = 500;

const { stdout, stderr } = process;

/**
 * Creates the log of the process on standard output.
 *
 * Logging never fails and never blocks. Pino's default destination retries a failed write until it succeeds, so a full
 * disk or a stopped reader would block the gateway. Here a line that cannot be written is dropped, and the next line
 * that is written is followed by one with the number of dropped lines.
 *
 * @param format - `json`: one JSON object in a line; `text`: for a terminal
 */
export function createLog(level: NonNullable<LoggerOptions['level']>, format: 'json' | 'text'): Logger {
  let dropped = 0;
  const onWritten = (error?: Error | null) => {
    if (error) {
      dropped += 1;
    } else if (dropped > 0) {
      const lines = dropped;
      dropped = 0;
      log.warn({ lines }, 'log lines dropped: standard output was blocked');
    }
  };
  const log = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write(line: string) {
        if (stdout.writableLength > MAX_BUFFERED_CHARS) dropped += 1;
        else stdout.write(format === 'json' ? line : textOf(line), onWritten);
      },
    },
  );
  return log;
}

/** Ignores errors of standard output and standard error (EPIPE, ENOSPC), which would end the process. */
export function tolerateOutputErrors(): void {
  for (const output of [stdout, stderr]) output.on('error', () => undefined);
}

/**
 * Ends the process after the buffered log lines have been written, or after half a second. Further calls have no
 * effect.
 */
export function exitAfterLog(code: number): void {
  if (process.exitCode !== undefined) return;
  process.exitCode = code;
  if (stdout.writableLength === 0) process.exit(code);
  const exit = () => process.exit(code);
  setTimeout(exit, FLUSH_MS);
  stdout.write('', exit);
}
