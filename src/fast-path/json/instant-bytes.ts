import { isDay } from '../../resources/instant.js';

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
