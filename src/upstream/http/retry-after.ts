import { type HeaderValue, valuesOf } from './header.js';

// A date in the distant future is an error, and must not pause requests until the gateway is restarted.
const MAX_SECONDS = 3600;

/**
 * Parses `Retry-After` (RFC 9110, 10.2.3): seconds, or an HTTP-date. If the header is repeated, because a proxy adds
 * its own, the longest wait applies.
 *
 * @param date - `Date` header of the response. An HTTP-date is relative to it, because the clocks of the upstream and
 *   the gateway may differ.
 * @param wallNow - milliseconds since 1970, for a response without a `Date` header
 * @returns seconds, rounded up so that a wait is never too short, at most an hour; `undefined` when the header is
 *   missing or invalid
 */
export function retryAfterSeconds(
  header: HeaderValue,
  date: HeaderValue,
  wallNow: () => number,
): number | undefined {
  if (header === undefined) return undefined;
  const waits = valuesOf(header)
    .flatMap(splitValues)
    .map((text) => (isNumber(text) ? Number(text) : secondsUntil(readDate(text), date, wallNow)))
    .filter((seconds) => !Number.isNaN(seconds));
  if (waits.length === 0) return undefined;
  return Math.min(MAX_SECONDS, Math.max(0, Math.ceil(Math.max(...waits))));
}

/** Splits values that a proxy has joined with commas (RFC 9110, 5.3). An HTTP-date contains a comma itself. */
function splitValues(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  return parts.every(isNumber) ? parts : [text.trim()];
}

function isNumber(text: string): boolean {
  return /^\d+(\.\d+)?$/.test(text);
}

function secondsUntil(time: number, date: HeaderValue, wallNow: () => number): number {
  const respondedAt = valuesOf(date)
    .map(readDate)
    .find((each) => !Number.isNaN(each));
  return (time - (respondedAt ?? wallNow())) / 1000;
}

/** Parses an HTTP-date, which starts with the name of a day. `Date.parse` alone would accept `-5` as well. */
function readDate(text: string): number {
  return /^[A-Z][a-z]+,? /.test(text) ? Date.parse(text) : Number.NaN;
}
