import { MINUS, NINE, OPEN_OBJECT, QUOTE, ZERO } from './ascii.js';
import { asciiLiteral } from './ascii-literal.js';
import { isSpace, numberEnd, plainEnd, type Scanned, valueEnd } from './json-scanner.js';

/** Encoding of one member of a record, without its value. */
export interface MemberShape {
  /** Bytes before the value, as a string with one character for each byte: `{"sid":` or `,"sid":`. */
  readonly head: string;
  /** Column in the row of the offset table; `null` for a member that is not recorded. */
  readonly place: number | null;
  /**
   * Length of the string value when the shape was learned, because many strings always have the same length; 0: not a
   * string.
   */
  readonly length: number;
  /** How the members of the object that it is are found; `null`: they are not looked for. */
  readonly nested: ObjectEnd | null;
}

/** Lengths of strings that are checked at once. Shorter ones are fast in any case, and longer ones vary in length. */
const MIN_GUESSED_LENGTH = 8;
const MAX_GUESSED_LENGTH = 64;

/** Shape of a record: its encoding without the values. */
export interface RecordShape {
  readonly members: readonly MemberShape[];
  /** Columns of members that the record does not have. */
  readonly missing: readonly number[];
  /** Bytes after the last value: `}`. */
  readonly tail: string;
}

/**
 * Scans one record and records the offsets of its members.
 *
 * @param from - offset of the record
 * @param rows - offset table: receives start and end of each member; a negative start means that the value must be
 *   decoded
 * @param row - index of the record's row in the table
 * @returns offset after the record; 0 if the record does not have this shape
 * @throws {ScanError} when a value is not valid JSON
 */
export type ScanRecord = (text: Scanned, from: number, rows: Int32Array, row: number) => number;

/**
 * Returns the offset after an object, and records the offsets of those of its members that are looked for.
 *
 * @param rows - as for `ScanRecord`
 * @param row - `nestedRow` of an object whose members are looked for
 * @throws {ScanError} when it is not valid JSON
 */
export type ObjectEnd = (text: Scanned, from: number, rows: Int32Array, row: number) => number;

/**
 * Index of the row of a nested object. Its members follow the object in the row of the record, and the first column of a row
 * is no member.
 *
 * @param place - column of the object
 */
export function nestedRow(row: number, place: number): number {
  return row + place + 1;
}

/**
 * Generates a scanner for records of one shape. The records of a page almost always have the same shape, and the
 * generated code finds their members by comparing 32-bit words, which takes half the time of a loop over names.
 *
 * The generated code is safe: it contains only numbers that are derived from the shape.
 *
 * @param objectEnds - creates a function that skips objects whose members are not looked for, optimized for objects of one
 *   shape
 * @returns the scanner
 */
export function recordScanner(
  { members, missing, tail }: RecordShape,
  objectEnds: () => ObjectEnd,
): ScanRecord {
  const end = asciiLiteral(tail);
  const code = `
    return (text, from, rows, row) => {
      const { bytes, view, lastWord } = text;
      let at = from;
      let end = 0;
      let byte = 0;
      let word = 0;
      let quotes = 0;
      let backslashes = 0;
      let special = 0;
      ${members.map(memberCode).join('')}
      ${missing.map((place) => `rows[row + ${place}] = 0;`).join(' ')}
      return ${matchCode(tail)} ? at + ${end.length} : 0;
    };`;
  const given = {
    isSpace,
    numberEnd,
    plainEnd,
    valueEnd,
    ends: members.map(({ nested }) => nested ?? objectEnds()),
  };
  return new Function(...Object.keys(given), code)(...Object.values(given)) as ScanRecord;
}

function memberCode({ head, place, length }: MemberShape, index: number): string {
  return `
      if (!(${matchCode(head)})) return 0;
      at += ${head.length};
      end = 0;
      byte = bytes[at];
      if (byte === ${QUOTE}) {
        ${length < MIN_GUESSED_LENGTH || length > MAX_GUESSED_LENGTH ? '' : guessCode(length)}
        if (end === 0) {
          end = plainEnd(bytes, view, lastWord, at + 1);
          end = bytes[end] === ${QUOTE} ? end + 1 : 0;
        }
      } else if (byte >= ${ZERO} && byte <= ${NINE} || byte === ${MINUS}) {
        end = numberEnd(text, at);
      } else if (byte === ${OPEN_OBJECT}) {
        end = -ends[${index}](text, at, rows, row + ${place === null ? 0 : nestedRow(0, place)});
      }
      if (end === 0) {
        if (isSpace(byte)) return 0;
        end = valueEnd(text, at);
      }
      ${place === null ? '' : `rows[row + ${place}] = end < 0 ? -at : at;`}
      at = end < 0 ? -end : end;
      ${place === null ? '' : `rows[row + ${place + 1}] = at;`}`;
}

/**
 * Generates code that checks for a string of a known length without special characters: it combines all words and tests
 * the result once. The code is unrolled, because V8 does not inline that many calls.
 */
function guessCode(length: number): string {
  const words: number[] = [];
  for (let from = 0; from < length; from += 4) words.push(Math.min(from, length - 4));
  // Special bytes set their highest bit, as in `plainEnd`.
  const checks = words.map(
    (from) => `
          word = view.getInt32(at + ${1 + from}, true);
          quotes = word ^ 0x22222222;
          backslashes = word ^ 0x5c5c5c5c;
          special |= word | ((word - 0x20202020) & ~word) |
            ((quotes - 0x01010101) & ~quotes) | ((backslashes - 0x01010101) & ~backslashes);`,
  );
  return `
        if (bytes[at + ${length + 1}] === ${QUOTE}) {
          special = 0;
          ${checks.join('')}
          if ((special & 0x80808080) === 0) end = at + ${length + 2};
        }`;
}

/** Generates a condition: the input has this string at `at`, followed by at least four bytes. */
function matchCode(text: string): string {
  const { length, words, lastMask } = asciiLiteral(text);
  const last = words.length - 1;
  const same = words.map((word, index) => {
    const found = `view.getInt32(at + ${index * 4}, true)`;
    return index === last ? `(${found} & ${lastMask}) === ${word}` : `${found} === ${word}`;
  });
  return [`at + ${length} <= lastWord`, ...same].join(' && ');
}
