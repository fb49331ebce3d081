import type { Codec } from '../../resources/codecs.js';
import { isDigit, LETTER_N, POINT, QUOTE, ZERO } from './ascii.js';
import { asciiLiteral } from './ascii-literal.js';
import { isUtcInstant } from './instant-bytes.js';
import type { Scanned } from './json-scanner.js';
import type { JsonWriter } from './json-writer.js';
import type { LazyRecordList } from './lazy-record-list.js';

/*
 * Each function copies a member of one kind from the upstream's JSON into the response. The result equals that of decoding
 * and serializing the member. They return `false` for a value that has to be decoded: one of another type, or one whose
 * JSON in the response differs.
 */

/** Bytes of an instant in quotes: with milliseconds, and without. */
const EXACT = '"2026-11-24T07:08:33.000Z"'.length;
const SECONDS = '"2026-11-24T07:08:33Z"'.length;
const NO_MILLISECONDS = asciiLiteral('.000Z"');

function writeText(json: Scanned, from: number, to: number, out: JsonWriter): boolean {
  const first = json.bytes[from];
  if (first === QUOTE && to - from > 2) out.copy(json, from, to);
  else if (first === QUOTE || first === LETTER_N) out.null();
  else return false;
  return true;
}

function writeCount(json: Scanned, from: number, to: number, out: JsonWriter): boolean {
  const first = json.bytes[from];
  if (isDigit(first)) out.copy(json, from, to);
  else if (first === LETTER_N) out.null();
  else return false;
  return true;
}

/** Characters of a number that is copied: any number with so few digits prints as it is written. */
const MAX_DECIMAL_LENGTH = 15;
/** A smaller number prints with an exponent. */
const MAX_DECIMALS = 6;

/**
 * Copies a number that `JSON.stringify` prints as it is written: not negative, without an exponent or a zero at its end.
 * Checks every byte, so it can be asked of a member of any form.
 */
function writeDecimal(json: Scanned, from: number, to: number, out: JsonWriter): boolean {
  const { bytes } = json;
  if (bytes[from] === LETTER_N) {
    out.null();
    return true;
  }
  if (to - from > MAX_DECIMAL_LENGTH) return false;
  let point = 0;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at];
    if (byte === POINT) point = at;
    else if (!isDigit(byte)) return false;
  }
  if (point > 0 && (bytes[to - 1] === ZERO || to - point - 1 > MAX_DECIMALS)) return false;
  out.copy(json, from, to);
  return true;
}

function writeInstant(json: Scanned, from: number, to: number, out: JsonWriter): boolean {
  const { bytes, view } = json;
  if (bytes[from] === LETTER_N) {
    out.null();
    return true;
  }
  if (bytes[from] !== QUOTE || !isUtcInstant(view, from + 1, to - 1)) return false;
  if (to - from === EXACT) {
    out.copy(json, from, to);
  } else {
    out.copy(json, from, from + SECONDS - 2);
    out.phrase(NO_MILLISECONDS);
  }
  return true;
}

/** Copies a member of a row into the response. @returns `false` if nothing was written */
export type CopyMember = (list: LazyRecordList, row: number, member: number, out: JsonWriter) => boolean;

/** How members are copied whose JSON can be part of a response as it is, by the kind of their codec. */
const COPIERS: Partial<Record<Codec<unknown>['kind'], CopyMember>> = {
  text: (list, row, member, out) => list.write(row, member, writeText, out),
  id: (list, row, member, out) => list.write(row, member, writeText, out),
  count: (list, row, member, out) => list.write(row, member, writeCount, out),
  decimal: (list, row, member, out) => list.writeChecked(row, member, writeDecimal, out),
  instant: (list, row, member, out) => list.write(row, member, writeInstant, out),
};

/** @returns `null` for a member whose JSON cannot be copied */
export function copierOf({ kind }: Codec<unknown>): CopyMember | null {
  return COPIERS[kind] ?? null;
}
