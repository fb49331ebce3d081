import {
  BACKSLASH,
  BEYOND_ASCII,
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  isDigit,
  LETTER_N,
  MINUS,
  OPEN_LIST,
  OPEN_OBJECT,
  PLUS,
  POINT,
  QUOTE,
  SPACE,
  ZERO,
} from './ascii.js';
import { viewOf } from './view.js';

/** Maximum nesting of objects and lists. Responses of the upstream have three levels. */
const MAX_DEPTH = 100;

/** Number of digits that a double represents exactly. */
const EXACT_DIGITS = 15;

/** The input is not valid JSON. */
export class ScanError extends Error {
  override readonly name = 'ScanError';
}

/** JSON input. */
export interface Scanned {
  readonly bytes: Buffer;
  /** View of the same bytes. */
  readonly view: DataView;
  /** Offset of the last four bytes. */
  readonly lastWord: number;
}

/*
 * Scans JSON without creating values. Most operations read a few members of a page, and `JSON.parse` takes longer to
 * create objects of all members than the rest of the operation. The scan is strict: it accepts exactly the input that
 * `JSON.parse` accepts, except for the limit of nesting.
 *
 * Each function takes the offset of the first byte and returns the offset after the last byte. The functions read
 * 32-bit words where possible, and they are functions instead of methods, because each byte of a page (26 kB) is
 * scanned.
 */

export function scanned(bytes: Buffer): Scanned {
  return { bytes, view: viewOf(bytes), lastWord: bytes.length - 4 };
}

/** Returns the offset after white space. The upstream rarely sends any. */
export function spaceEnd({ bytes }: Scanned, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at += 1;
  return at;
}

/** Returns the offset after a required byte and the white space that follows it. */
export function markEnd(source: Scanned, at: number, byte: number): number {
  if (source.bytes[at] !== byte) throw new ScanError();
  return spaceEnd(source, at + 1);
}

/**
 * Returns the offset after a value.
 *
 * @returns negative offset if the JSON of the value may not be canonical, so that it must be decoded: a string with
 *   escapes or non-ASCII characters, a number with sign, fraction, exponent or many digits, an object or a list
 */
export function valueEnd(source: Scanned, at: number): number {
  const byte = source.bytes[at];
  if (byte === QUOTE) return stringEnd(source, at);
  if (byte === OPEN_OBJECT || byte === OPEN_LIST) return -nestedEnd(source, at, 1);
  if (byte === LETTER_N) return literalEnd(source, at, NULL);
  if (byte === 0x74) return literalEnd(source, at, TRUE);
  if (byte === 0x66) return literalEnd(source, at, FALSE);
  return numberEnd(source, at);
}

/** Returns the offset after a string; negative if the string must be decoded. */
export function stringEnd(source: Scanned, from: number): number {
  const { bytes, view, lastWord } = source;
  if (bytes[from] !== QUOTE) throw new ScanError();
  let at = plainEnd(bytes, view, lastWord, from + 1);
  if (bytes[at] === QUOTE) return at + 1;
  for (;;) {
    const byte = bytes[at];
    if (byte === QUOTE) return -at - 1;
    if (byte === BACKSLASH) at = escapeEnd(source, at);
    else if (byte !== undefined && byte >= BEYOND_ASCII) at += 1;
    else throw new ScanError();
    at = plainEnd(bytes, view, lastWord, at);
  }
}

/** Returns the offset of the next quote, backslash, control or non-ASCII byte, or the end of the input. */
export function plainEnd(bytes: Uint8Array, view: DataView, lastWord: number, from: number): number {
  let at = from;
  while (at <= lastWord) {
    const word = view.getInt32(at, true);
    const quotes = word ^ 0x22222222;
    const backslashes = word ^ 0x5c5c5c5c;
    // The highest bit of each byte is set if the byte is a quote, a backslash, a control character or not ASCII. A
    // borrow
    // can also set it in a byte after such a one, so only the first one is used.
    const special =
      (((quotes - 0x01010101) & ~quotes) |
        ((backslashes - 0x01010101) & ~backslashes) |
        ((word - 0x20202020) & ~word) |
        word) &
      0x80808080;
    if (special !== 0) return at + ((31 - Math.clz32(special & -special)) >> 3);
    at += 4;
  }
  for (let byte = bytes[at]; byte !== undefined && isUnescapedAscii(byte); byte = bytes[at]) at += 1;
  return at;
}

/** Returns the offset after an escape sequence. */
function escapeEnd({ bytes }: Scanned, at: number): number {
  const byte = bytes[at + 1];
  if (byte === undefined) throw new ScanError();
  if (byte !== 0x75) {
    if (!ESCAPES.has(byte)) throw new ScanError();
    return at + 2;
  }
  for (let digit = at + 2; digit < at + 6; digit += 1) {
    if (!isHexDigit(bytes[digit])) throw new ScanError();
  }
  return at + 6;
}

function literalEnd({ bytes }: Scanned, from: number, letters: readonly number[]): number {
  let at = from;
  for (const letter of letters) {
    if (bytes[at] !== letter) throw new ScanError();
    at += 1;
  }
  return at;
}

/** Returns the offset after a number; negative if the number must be decoded. */
export function numberEnd(source: Scanned, from: number): number {
  const { bytes } = source;
  const start = bytes[from] === MINUS ? from + 1 : from;
  let at = digitsEnd(source, start);
  if (bytes[start] === ZERO && at > start + 1) throw new ScanError();
  const isCanonical = start === from && at - start <= EXACT_DIGITS;
  const integerEnd = at;
  if (bytes[at] === POINT) at = digitsEnd(source, at + 1);
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    const sign = bytes[at + 1];
    at = digitsEnd(source, sign === MINUS || sign === PLUS ? at + 2 : at + 1);
  }
  return isCanonical && at === integerEnd ? at : -at;
}

/** Returns the offset after one or more digits. */
function digitsEnd({ bytes }: Scanned, from: number): number {
  let at = from;
  while (isDigit(bytes[at])) at += 1;
  if (at === from) throw new ScanError();
  return at;
}

/** Returns the offset after an object. */
export function objectEnd(source: Scanned, from: number): number {
  return nestedEnd(source, from, 1);
}

/** Returns the offset after an object or a list. */
function nestedEnd(source: Scanned, from: number, depth: number): number {
  if (depth > MAX_DEPTH) throw new ScanError();
  const { bytes } = source;
  const isObject = bytes[from] === OPEN_OBJECT;
  const close = isObject ? CLOSE_OBJECT : CLOSE_LIST;
  let at = spaceEnd(source, from + 1);
  if (bytes[at] === close) return at + 1;
  for (;;) {
    if (isObject) at = markEnd(source, spaceEnd(source, Math.abs(stringEnd(source, at))), COLON);
    const byte = bytes[at];
    at =
      byte === OPEN_OBJECT || byte === OPEN_LIST
        ? nestedEnd(source, at, depth + 1)
        : Math.abs(valueEnd(source, at));
    at = spaceEnd(source, at);
    if (bytes[at] === close) return at + 1;
    at = markEnd(source, at, COMMA);
  }
}

const NULL = letters('null');
const TRUE = letters('true');
const FALSE = letters('false');
/** Characters of single-character escapes; `\u` is handled separately. */
const ESCAPES = new Set(letters('"\\/bfnrt'));

function letters(source: string): readonly number[] {
  return [...Buffer.from(source)];
}

function isUnescapedAscii(byte: number): boolean {
  return byte >= SPACE && byte < BEYOND_ASCII && byte !== QUOTE && byte !== BACKSLASH;
}

/** Returns whether a byte is white space of JSON. */
export function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isHexDigit(byte: number | undefined): boolean {
  return isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}
