import { MINUS, NINE, OPEN_OBJECT, QUOTE, ZERO } from './ascii.js';
import { phrase } from './ascii-literal.js';
import { isSpace, numberEnd, plainEnd, type Scanned, valueEnd } from './json-scanner.js';

/** How a member is written. */
export interface MemberForm {
  /** All that is in front of its value, a character for each byte: `{"sid":`, or `,"sid":`. */
  readonly head: string;
  /** Where in its row it is written down; `null` for a member that is not wanted. */
  readonly place: number | null;
  /** Bytes of its text in the record that the form was seen in, since many are always as long; 0: it was none. */
  readonly length: number;
}

/** Lengths of texts that are looked at in one go. In shorter ones there is nothing to win, and longer ones vary. */
const SHORTEST = 8;
const LONGEST = 64;

/** How a record is written, its values aside. */
export interface RecordForm {
  readonly members: readonly MemberForm[];
  /** Places of members that are wanted, and that it has not. */
  readonly missing: readonly number[];
  /** All that is behind the last value: `}`. */
  readonly tail: string;
}

/**
 * Finds the members of a record.
 *
 * @param from - where it begins
 * @param rows - where to write down its members: where each begins, below zero for one that is not written in JSON
 *   again as it is, and where it ends
 * @param row - where in there its row is
 * @returns the place behind it; 0 where it is not of that form
 * @throws {ScanError} when a value is no JSON
 */
export type ScanRecord = (text: Scanned, from: number, rows: Int32Array, row: number) => number;

/** The place behind an object. @throws {ScanError} when it is no JSON */
export type ObjectEnd = (text: Scanned, from: number) => number;

/**
 * Makes what finds the members of the records that are written in one form. It is made of source code: in a page of
 * records, which are nearly always written alike, a thousand members are then found by comparing numbers, where a loop
 * over their names takes twice the time.
 *
 * Of the form nothing but numbers comes into the code.
 *
 * @param objectEnds - makes what finds the place behind an object, for objects that are written alike
 */
export function recordScanner(
  { members, missing, tail }: RecordForm,
  objectEnds: () => ObjectEnd,
): ScanRecord {
  const end = phrase(tail);
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
      return ${isThere(tail)} ? at + ${end.length} : 0;
    };`;
  const given = { isSpace, numberEnd, plainEnd, valueEnd, ends: members.map(objectEnds) };
  return new Function(...Object.keys(given), code)(...Object.values(given)) as ScanRecord;
}

function memberCode({ head, place, length }: MemberForm, index: number): string {
  return `
      if (!(${isThere(head)})) return 0;
      at += ${head.length};
      end = 0;
      byte = bytes[at];
      if (byte === ${QUOTE}) {
        ${length < SHORTEST || length > LONGEST ? '' : guessCode(length)}
        if (end === 0) {
          end = plainEnd(bytes, view, lastWord, at + 1);
          end = bytes[end] === ${QUOTE} ? end + 1 : 0;
        }
      } else if (byte >= ${ZERO} && byte <= ${NINE} || byte === ${MINUS}) {
        end = numberEnd(text, at);
      } else if (byte === ${OPEN_OBJECT}) {
        end = -ends[${index}](text, at);
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
 * Finds the end of a text that is plain and as long as it was before: all of it is looked at, and then asked about once.
 * Written out, since V8 does not go into that many calls.
 */
function guessCode(length: number): string {
  const words: number[] = [];
  for (let from = 0; from < length; from += 4) words.push(Math.min(from, length - 4));
  // Bytes that are not plain have their highest bit set, as in `plainEnd`.
  const look = words.map(
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
          ${look.join('')}
          if ((special & 0x80808080) === 0) end = at + ${length + 2};
        }`;
}

/** Whether there is such a text at `at`; not where all ends right behind it. */
function isThere(text: string): string {
  const { length, words, lastMask } = phrase(text);
  const last = words.length - 1;
  const same = words.map((word, index) => {
    const found = `view.getInt32(at + ${index * 4}, true)`;
    return index === last ? `(${found} & ${lastMask}) === ${word}` : `${found} === ${word}`;
  });
  return [`at + ${length} <= lastWord`, ...same].join(' && ');
}
