/** Window of the rate limit in milliseconds. */
export const WINDOW_MS = 60_000;

/** How operations are counted: in windows of the clock, of which the present and the last one count. */
export interface Windows {
  /** Number of the present window since 1970. */
  readonly number: number;
  /** Time since its start, in milliseconds. */
  readonly elapsedMs: number;
}

/** @param now - milliseconds since 1970 */
export function windowsAt(now: number): Windows {
  return { number: Math.floor(now / WINDOW_MS), elapsedMs: now % WINDOW_MS };
}

/**
 * Sliding window counter: of the operations in the last window, the part counts that lies within the last 60 seconds,
 * as if they had come evenly.
 *
 * @param limit - operations that may come within 60 seconds
 * @param last - operations in the last window
 * @param present - operations in the present window, this one included
 * @returns milliseconds until an operation is within the limit, if none comes in between; `null` if this one is
 */
export function waitFor(limit: number, last: number, present: number, elapsedMs: number): number | null {
  const weighted = last * (1 - elapsedMs / WINDOW_MS) + present;
  if (weighted <= limit) return null;
  // Within this window, as the last one slides out.
  if (present <= limit) return WINDOW_MS * (1 - (limit - present) / last) - elapsedMs;
  // In the next one, when this one has become the last one, without this operation, which is not counted.
  const counted = present - 1;
  return WINDOW_MS - elapsedMs + WINDOW_MS * Math.max(0, 1 - (limit - 1) / counted);
}
