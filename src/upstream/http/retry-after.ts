import { type HeaderValue, valuesOf } from './header.js';

// A date far off is a mistake, and must not stop the gateway until it is restarted.
const LONGEST_SECONDS = 3600;

/**
 * Reads `Retry-After` (RFC 9110, 10.2.3): seconds, or an HTTP-date. Where it is repeated, as by a proxy that adds one
 * of its own, the longest wait counts.
 *
 * @param date - the answer's `Date` header. A date is counted from it, since the upstream's clock and this
 *   one may differ.
 * @param wallNow - milliseconds since 1970, where there is no such header
 * @returns whole seconds, rounded up so that a wait is never too short; at most an hour. `undefined` when
 *   the header is missing or says nothing.
 */
export function retryAfterSeconds(
  header: HeaderValue,
  date: HeaderValue,
  wallNow: () => number,
): number | undefined {
  if (header === undefined) return undefined;
  const waits = valuesOf(header)
    .flatMap(listed)
    .map((text) => (isNumber(text) ? Number(text) : secondsUntil(readDate(text), date, wallNow)))
    .filter((seconds) => !Number.isNaN(seconds));
  if (waits.length === 0) return undefined;
  return Math.min(LONGEST_SECONDS, Math.max(0, Math.ceil(Math.max(...waits))));
}

/** Repeated headers may have been joined with commas on the way (RFC 9110, 5.3); a date has a comma of its own. */
function listed(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  return parts.every(isNumber) ? parts : [text.trim()];
}

function isNumber(text: string): boolean {
  return /^\d+(\.\d+)?$/.test(text);
}

function secondsUntil(time: number, date: HeaderValue, wallNow: () => number): number {
  const answered = valuesOf(date)
    .map(readDate)
    .find((each) => !Number.isNaN(each));
  return (time - (answered ?? wallNow())) / 1000;
}

/** An HTTP-date begins with the day's name; `Date.parse` alone would make a date of `-5` too. */
function readDate(text: string): number {
  return /^[A-Z][a-z]+,? /.test(text) ? Date.parse(text) : Number.NaN;
}
