import type { Instant } from '../../resources/records.js';

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

/** Four bytes of an instant: which of them are digits, and what the others are. Little-endian, as they are read. */
interface Piece {
  readonly digits: number;
  readonly marks: number;
}

const [YEAR, MONTH, DAY, MINUTE, SECOND, SECOND_EXACT, FRACTION] = [
  '9999',
  '-99-',
  '99T9',
  '9:99',
  ':99Z',
  ':99.',
  '999Z',
].map(pieceOf) as [Piece, Piece, Piece, Piece, Piece, Piece, Piece];

function pieceOf(form: string): Piece {
  const bytes = [...Buffer.from(form)];
  const word = (values: number[]) => Buffer.from(values).readInt32LE();
  return {
    digits: word(bytes.map((byte) => (byte === 0x39 ? 0xff : 0))),
    marks: word(bytes.map((byte) => (byte === 0x39 ? 0 : byte))),
  };
}

/**
 * Whether some bytes are an instant in UTC as `readInstant` takes it, with milliseconds or without a fraction. Asked
 * of the bytes themselves, four at a time, since an answer has a hundred of them.
 */
export function isUtcInstant(json: DataView, from: number, to: number): boolean {
  const isExact = to - from === 24;
  if (!isExact && to - from !== 20) return false;
  const year = json.getInt32(from, true);
  const month = json.getInt32(from + 4, true);
  const day = json.getInt32(from + 8, true);
  const minute = json.getInt32(from + 12, true);
  const second = json.getInt32(from + 16, true);
  return (
    isLike(year, YEAR) &&
    isLike(month, MONTH) &&
    isLike(day, DAY) &&
    isLike(minute, MINUTE) &&
    isLike(second, isExact ? SECOND_EXACT : SECOND) &&
    (!isExact || isLike(json.getInt32(from + 20, true), FRACTION)) &&
    // The hour has its digits in two of them.
    number(day >> 24, minute) <= 23 &&
    number(minute >> 16, minute >> 24) <= 59 &&
    number(second >> 8, second >> 16) <= 59 &&
    isDate(
      number(year, year >> 8) * 100 + number(year >> 16, year >> 24),
      number(month >> 8, month >> 16),
      number(day, day >> 8),
    )
  );
}

function isLike(word: number, { digits, marks }: Piece): boolean {
  // A digit is 0x30 to 0x39: the upper half is 3, and the lower one is no more than 15 when 6 is added.
  return (
    (word & ~digits) === marks &&
    (word & digits & 0xf0f0f0f0) === (digits & 0x30303030) &&
    (((word & digits & 0x0f0f0f0f) + (digits & 0x06060606)) & 0xf0f0f0f0) === 0
  );
}

/** The number that two digits are, each in the lowest half of its byte. */
function number(tens: number, ones: number): number {
  return (tens & 15) * 10 + (ones & 15);
}

function isDate(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && isDay(year, month, day);
}

/** The number that two digits of a text are. */
function digits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

/** Whether a month has such a day; a day of 1 to 31 is taken for granted. */
function isDay(year: number, month: number, day: number): boolean {
  if (day <= 28) return true;
  if (month === 2) return day === 29 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= 30 || !(month === 4 || month === 6 || month === 9 || month === 11);
}

function offsetMinutes(zone: string): number {
  if (zone.toUpperCase() === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone.startsWith('-') ? -minutes : minutes;
}
