import type { UpstreamError } from '../errors.js';

export const MAX_RETRIES = 3;
const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 8_000;
/**
 * Statuses with which a request was not processed, or not by what should have done it. 408 is how some servers end a
 * connection that was idle, at the moment when a request is sent on it; 425 asks for the same request a little later.
 */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 425, 502, 503, 504]);

/** Whether a status says that the upstream is unavailable at present, rather than that the request is wrong. */
export function isUnavailable(status: number): boolean {
  return status >= 500 || TRANSIENT_STATUSES.has(status);
}

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
