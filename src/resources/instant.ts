/** An instant as ISO 8601 text in UTC with milliseconds. Sorts as text. */
export type Instant = string;

// A day's and an hour's ranges are in the pattern; whether the month has such a day is asked below.
const PATTERN =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:[.,](\d{1,9}))?([Zz]|[+-](?:[01]\d|2[0-3]):?[0-5]\d)$/;
// The form that arrives nearly always, and needs no more than its milliseconds. A page has 150 of them.
const UTC =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3})?Z$/;

/**
 * Reads an ISO 8601 instant with `Z` or an offset.
 *
 * @returns the instant in UTC with milliseconds, as `toISOString` writes it, so that instants sort as text;
 *   `null` when the text is none, or names a day or hour that does not exist
 */
export function readInstant(text: string): Instant | null {
  if (UTC.test(text)) {
    if (!isDay(digits(text, 0) * 100 + digits(text, 2), digits(text, 5), digits(text, 8))) return null;
    return text.length === 24 ? text : `${text.slice(0, 19)}.000Z`;
  }
  const match = PATTERN.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = match;
  if (!isDay(Number(year), Number(month), Number(day))) return null;
  const date = new Date(0);
  // Unlike Date.UTC, this does not take the year 99 for 1999.
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second), Number(fraction.padEnd(3, '0').slice(0, 3)));
  date.setTime(date.getTime() - offsetMinutes(zone) * 60_000);
  const instant = date.toISOString();
  // An offset can lead out of the years that have four digits.
  return instant.length === 24 ? instant : null;
}

/** The number that two digits of a text are. */
function digits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

/** Whether a month has such a day. @param day - 1 to 31 */
export function isDay(year: number, month: number, day: number): boolean {
  if (day <= 28) return true;
  if (month === 2) return day === 29 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= 30 || !(month === 4 || month === 6 || month === 9 || month === 11);
}

function offsetMinutes(zone: string): number {
  if (zone.toUpperCase() === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone.startsWith('-') ? -minutes : minutes;
}

/**
 * The same day (UTC) of another month, or the last one of that month.
 *
 * @param time - milliseconds since 1970
 */
export function addMonths(time: number, months: number): number {
  const date = new Date(time);
  const day = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() + months, 1);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return date.setUTCDate(Math.min(day, last));
}
