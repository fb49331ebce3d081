import type { Instant } from '../records.js';

// A day's and an hour's ranges are in the pattern; whether the month has such a day is asked below.
const PATTERN =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:[.,](\d{1,9}))?([Zz]|[+-](?:[01]\d|2[0-3]):?[0-5]\d)$/;
// The form that arrives nearly always, and needs no more than its milliseconds. A page has 150 of them.
const UTC =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3})?Z$/;
const MONTHS_OF_30 = new Set([4, 6, 9, 11]);

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

const [DASH, POINT, COLON, T, Z] = ['-', '.', ':', 'T', 'Z'].map((character) => character.charCodeAt(0));

/**
 * Whether some bytes are an instant in UTC as `readInstant` takes it, with milliseconds or without a fraction. Asked
 * of the bytes themselves, since an answer has a hundred of them.
 */
export function isUtcInstant(bytes: Uint8Array, from: number, to: number): boolean {
  const length = to - from;
  if (length !== 20 && length !== 24) return false;
  const century = twoDigits(bytes, from);
  const year = twoDigits(bytes, from + 2);
  const month = twoDigits(bytes, from + 5);
  const day = twoDigits(bytes, from + 8);
  const hour = twoDigits(bytes, from + 11);
  const minute = twoDigits(bytes, from + 14);
  const second = twoDigits(bytes, from + 17);
  return (
    century >= 0 &&
    year >= 0 &&
    bytes[from + 4] === DASH &&
    month >= 1 &&
    month <= 12 &&
    bytes[from + 7] === DASH &&
    day >= 1 &&
    day <= 31 &&
    bytes[from + 10] === T &&
    hour >= 0 &&
    hour <= 23 &&
    bytes[from + 13] === COLON &&
    minute >= 0 &&
    minute <= 59 &&
    bytes[from + 16] === COLON &&
    second >= 0 &&
    second <= 59 &&
    bytes[to - 1] === Z &&
    (length === 20 || (bytes[from + 19] === POINT && isThreeDigits(bytes, from + 20))) &&
    isDay(century * 100 + year, month, day)
  );
}

/** The number that two bytes are; below zero where they are no digits. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] ?? 0) - 48;
  const ones = (bytes[at + 1] ?? 0) - 48;
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones;
}

function isThreeDigits(bytes: Uint8Array, at: number): boolean {
  return twoDigits(bytes, at) >= 0 && twoDigits(bytes, at + 1) >= 0;
}

/** The number that two digits of a text are. */
function digits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

/** Whether a month has such a day; a day of 1 to 31 is taken for granted. */
function isDay(year: number, month: number, day: number): boolean {
  if (day <= 28) return true;
  if (month === 2) return day === 29 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= 30 || !MONTHS_OF_30.has(month);
}

function offsetMinutes(zone: string): number {
  if (zone.toUpperCase() === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone.startsWith('-') ? -minutes : minutes;
}
