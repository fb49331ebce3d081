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

/** Objects and lists within one another that are gone into; a real answer has three. */
const MAX_DEPTH = 100;

/** Digits of a number that is the same once it has been a double, whatever they are. */
const EXACT_DIGITS = 15;

/** What was to be JSON is none. */
export class ScanError extends Error {
  override readonly name = 'ScanError';
}

/** A text to find the way through. */
export interface Scanned {
  readonly bytes: Buffer;
  /** Of the same bytes. */
  readonly view: DataView;
  /** Where the last four of them begin. */
  readonly lastWord: number;
}

/*
 * Finds its way through JSON without making anything of it: of a page of records most operations want a few members,
 * and `JSON.parse` takes longer to make objects of all of them than all that is done with those few. What is passed
 * over is checked nevertheless: a text is taken if, and only if, `JSON.parse` takes it, depth aside.
 *
 * The functions get the place where something begins, and tell the one behind it. They look at four bytes at a time
 * where they can, and are functions rather than methods: a page has 26 kB, and every one of them is looked at.
 */

export function scanned(bytes: Buffer): Scanned {
  return { bytes, view: viewOf(bytes), lastWord: bytes.length - 4 };
}

/** The place behind white space, of which there mostly is none. */
export function spaceEnd({ bytes }: Scanned, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at += 1;
  return at;
}

/** The place behind one byte that has to be there, and the white space behind that. */
export function markEnd(text: Scanned, at: number, byte: number): number {
  if (text.bytes[at] !== byte) throw new ScanError();
  return spaceEnd(text, at + 1);
}

/**
 * The place behind a value.
 *
 * @returns below zero, for one that is not written in JSON again as it is here: a text with escapes or with more than
 *   ASCII in it, a number that is no short row of digits, an object, a list
 */
export function valueEnd(text: Scanned, at: number): number {
  const byte = text.bytes[at];
  if (byte === QUOTE) return stringEnd(text, at);
  if (byte === OPEN_OBJECT || byte === OPEN_LIST) return -nestedEnd(text, at, 1);
  if (byte === LETTER_N) return literalEnd(text, at, NULL);
  if (byte === 0x74) return literalEnd(text, at, TRUE);
  if (byte === 0x66) return literalEnd(text, at, FALSE);
  return numberEnd(text, at);
}

/** The place behind a text; below zero as for a value. */
export function stringEnd(text: Scanned, from: number): number {
  const { bytes, view, lastWord } = text;
  if (bytes[from] !== QUOTE) throw new ScanError();
  let at = plainEnd(bytes, view, lastWord, from + 1);
  if (bytes[at] === QUOTE) return at + 1;
  for (;;) {
    const byte = bytes[at];
    if (byte === QUOTE) return -at - 1;
    if (byte === BACKSLASH) at = escapeEnd(text, at);
    else if (byte !== undefined && byte >= BEYOND_ASCII) at += 1;
    else throw new ScanError();
    at = plainEnd(bytes, view, lastWord, at);
  }
}

/** The place of the next byte that is no plain character of a text, or the end. */
export function plainEnd(bytes: Uint8Array, view: DataView, lastWord: number, from: number): number {
  let at = from;
  while (at <= lastWord) {
    const word = view.getInt32(at, true);
    const quotes = word ^ 0x22222222;
    const backslashes = word ^ 0x5c5c5c5c;
    // The highest bit of a byte is set where it is one of these, is below a space, or has it already. A byte behind
    // such a one may be taken for one too, which is why the first counts.
    const special =
      (((quotes - 0x01010101) & ~quotes) |
        ((backslashes - 0x01010101) & ~backslashes) |
        ((word - 0x20202020) & ~word) |
        word) &
      0x80808080;
    if (special !== 0) return at + ((31 - Math.clz32(special & -special)) >> 3);
    at += 4;
  }
  for (let byte = bytes[at]; byte !== undefined && isPlain(byte); byte = bytes[at]) at += 1;
  return at;
}

/** The place behind an escape. */
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

/** The place behind a number; below zero as for a value. */
export function numberEnd(text: Scanned, from: number): number {
  const { bytes } = text;
  const start = bytes[from] === MINUS ? from + 1 : from;
  let at = digitsEnd(text, start);
  if (bytes[start] === ZERO && at > start + 1) throw new ScanError();
  const isPlain = start === from && at - start <= EXACT_DIGITS;
  const integerEnd = at;
  if (bytes[at] === POINT) at = digitsEnd(text, at + 1);
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    const sign = bytes[at + 1];
    at = digitsEnd(text, sign === MINUS || sign === PLUS ? at + 2 : at + 1);
  }
  return isPlain && at === integerEnd ? at : -at;
}

/** The place behind one digit or more. */
function digitsEnd({ bytes }: Scanned, from: number): number {
  let at = from;
  while (isDigit(bytes[at])) at += 1;
  if (at === from) throw new ScanError();
  return at;
}

/** The place behind an object. */
export function objectEnd(text: Scanned, from: number): number {
  return nestedEnd(text, from, 1);
}

/** The place behind an object or a list. */
function nestedEnd(text: Scanned, from: number, depth: number): number {
  if (depth > MAX_DEPTH) throw new ScanError();
  const { bytes } = text;
  const isObject = bytes[from] === OPEN_OBJECT;
  const close = isObject ? CLOSE_OBJECT : CLOSE_LIST;
  let at = spaceEnd(text, from + 1);
  if (bytes[at] === close) return at + 1;
  for (;;) {
    if (isObject) at = markEnd(text, spaceEnd(text, Math.abs(stringEnd(text, at))), COLON);
    const byte = bytes[at];
    at =
      byte === OPEN_OBJECT || byte === OPEN_LIST
        ? nestedEnd(text, at, depth + 1)
        : Math.abs(valueEnd(text, at));
    at = spaceEnd(text, at);
    if (bytes[at] === close) return at + 1;
    at = markEnd(text, at, COMMA);
  }
}

const NULL = letters('null');
const TRUE = letters('true');
const FALSE = letters('false');
/** All but that of a code unit. */
const ESCAPES = new Set(letters('"\\/bfnrt'));

function letters(text: string): readonly number[] {
  return [...Buffer.from(text)];
}

function isPlain(byte: number): boolean {
  return byte >= SPACE && byte < BEYOND_ASCII && byte !== QUOTE && byte !== BACKSLASH;
}

/** Whether it is white space, which in JSON there is little of. */
export function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isHexDigit(byte: number | undefined): boolean {
  return isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}
