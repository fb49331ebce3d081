import { errorCodeOf } from '../util/error-code.js';

/** Frames of a stack that are logged. */
const MAX_FRAMES = 10;

/**
 * Returns what may be logged of an unexpected error: its name, its code and the places in the code that it passed. Its
 * message may contain anything.
 */
export function describeUnexpected(error: unknown): object {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = errorCodeOf(error);
  const frames = (error.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line));
  return {
    error: error.name,
    ...(code !== undefined && { code }),
    frames: frames.slice(0, MAX_FRAMES).map(placeOf),
  };
}

/** File, line and column of a stack frame, without the folders. A function's name can be a property that a client chose. */
function placeOf(frame: string): string {
  return /([\w.@-]+\.[cm]?[jt]s:\d+:\d+|node:[\w/]+:\d+:\d+)\)?$/.exec(frame)?.[1] ?? 'unknown';
}
