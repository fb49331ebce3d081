import { QUOTE } from './ascii.js';
import { isSpace, plainEnd, type Scanned, valueEnd } from './json-scanner.js';
import { phrase } from './phrase.js';

/** How a member is written. */
export interface MemberForm {
  /** All that is in front of its value, a character for each byte: `{"sid":`, or `,"sid":`. */
  readonly head: string;
  /** Where in its row it is written down; `null` for a member that is not wanted. */
  readonly place: number | null;
}

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

/**
 * Makes what finds the members of the records that are written in one form. It is made of source code: in a page of
 * records, which are nearly always written alike, a thousand members are then found by comparing numbers, where a loop
 * over their names takes twice the time.
 *
 * Of the form nothing but numbers comes into the code.
 */
export function recordScanner({ members, missing, tail }: RecordForm): ScanRecord {
  const end = phrase(tail);
  const code = `
    return (text, from, rows, row) => {
      const { bytes, view, lastWord } = text;
      let at = from;
      let end = 0;
      ${members.map(memberCode).join('')}
      ${missing.map((place) => `rows[row + ${place}] = 0;`).join(' ')}
      return ${isThere(tail)} ? at + ${end.length} : 0;
    };`;
  return new Function('isSpace', 'plainEnd', 'valueEnd', code)(isSpace, plainEnd, valueEnd) as ScanRecord;
}

function memberCode({ head, place }: MemberForm): string {
  return `
      if (!(${isThere(head)})) return 0;
      at += ${head.length};
      end = 0;
      if (bytes[at] === ${QUOTE}) {
        end = plainEnd(bytes, view, lastWord, at + 1);
        end = bytes[end] === ${QUOTE} ? end + 1 : 0;
      }
      if (end === 0) {
        if (isSpace(bytes[at])) return 0;
        end = valueEnd(text, at);
      }
      ${place === null ? '' : `rows[row + ${place}] = end < 0 ? -at : at;`}
      at = end < 0 ? -end : end;
      ${place === null ? '' : `rows[row + ${place + 1}] = at;`}`;
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
