import type { UpstreamError } from '../errors.js';

export const MAX_RETRIES = 3;
const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 8_000;
/**
 * Statuses of requests that the upstream has not processed. Some servers close an idle connection with a 408 at the
 * moment when a request is sent on it. A 425 asks the client to send the same request again.
 */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 425, 502, 503, 504]);

/** Returns whether a status means that the upstream is unavailable, rather than that the request is invalid. */
export function isUnavailable(status: number): boolean {
  return status >= 500 || TRANSIENT_STATUSES.has(status);
}

/**
 * Returns whether a failed attempt is worth a retry. Each request is a read, so a retry is always safe. A 500 is likely
 * to occur again, and retries after a timeout would add load to a slow upstream.
 */
export function isRetryable({ code, facts: { status } }: UpstreamError): boolean {
  if (code === 'RATE_LIMITED') return true;
  return code === 'UPSTREAM_UNAVAILABLE' && (status === undefined || TRANSIENT_STATUSES.has(status));
}

/**
 * Computes the delay before the next attempt: `Retry-After` plus exponential backoff with full jitter. So `Retry-After`
 * is always respected, and requests with the same `Retry-After` are not retried at the same moment.
 *
 * @param retries - number of retries so far
 * @param random - in [0, 1)
 * @returns milliseconds
 */
export function retryDelay({ retryAfter = 0 }: UpstreamError, retries: number, random: number): number {
  return retryAfter * 1000 + random * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** retries);
}
