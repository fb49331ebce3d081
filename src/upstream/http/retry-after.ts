// A date far off is a mistake, and must not stop the gateway until it is restarted.
const LONGEST_SECONDS = 3600;

/**
 * Reads `Retry-After` (RFC 9110, 10.2.3): seconds, or an HTTP-date.
 *
 * @param date - the answer's `Date` header. A date is counted from it, since the upstream's clock and this
 *   one may differ.
 * @param wallNow - milliseconds since 1970, where there is no such header
 * @returns whole seconds, rounded up so that a wait is never too short; at most an hour. `undefined` when
 *   the header is missing or says nothing.
 */
export function retryAfterSeconds(
  header: string | undefined,
  date: string | undefined,
  wallNow: number,
): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : secondsUntil(readDate(text), date, wallNow);
  return Number.isNaN(seconds) ? undefined : Math.min(LONGEST_SECONDS, Math.max(0, Math.ceil(seconds)));
}

function secondsUntil(time: number, date: string | undefined, wallNow: number): number {
  const answered = date === undefined ? Number.NaN : readDate(date);
  return (time - (Number.isNaN(answered) ? wallNow : answered)) / 1000;
}

/** An HTTP-date begins with the day's name; `Date.parse` alone would make a date of `-5` too. */
function readDate(text: string): number {
  return /^[A-Z][a-z]+,? /.test(text) ? Date.parse(text) : Number.NaN;
}
