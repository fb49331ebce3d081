import type { UpstreamError } from '../errors.js';

export const MAX_RETRIES = 3;
const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 8_000;
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);

/**
 * Whether a failed attempt may be repeated: every request is a read, so that is a question of use alone.
 * A 500 is likely to come again; after a timeout the upstream is not helped by more of the same.
 */
export function isRetryable({ code, facts: { status } }: UpstreamError): boolean {
  if (code === 'RATE_LIMITED') return true;
  return code === 'UPSTREAM_UNAVAILABLE' && (status === undefined || TRANSIENT_STATUSES.has(status));
}

/**
 * How long to wait before the next try: exponential backoff with full jitter, on top of what the upstream
 * asked for. So its `Retry-After` is never undercut, and those who got the same one do not come back at once.
 *
 * @param retries - how often the request has been repeated already
 * @param random - in [0, 1)
 * @returns milliseconds
 */
export function retryDelay({ retryAfter = 0 }: UpstreamError, retries: number, random: number): number {
  return retryAfter * 1000 + random * Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** retries);
}
