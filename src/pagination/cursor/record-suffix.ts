import type { RecordKey } from '../position.js';
import { keyedChecksum } from './fingerprint.js';

/*
 * Record part of a cursor: the two halves of the record's fingerprint and a checksum, five characters of base64url
 * each, then the record's index and, unless it is 0, the number of its preceding duplicates. The first three have a
 * fixed width, because a record part is written for every edge.
 */

/** Output of a cursor: receives its parts in order. */
export interface CursorSink {
  /** Appends an ASCII string. */
  ascii(text: string): void;
  /** Appends one ASCII character. */
  byte(byte: number): void;
  /** Appends up to 16 ASCII characters, four in each number in little-endian order. */
  ascii16(length: number, first: number, second: number, third: number, fourth: number): void;
  /** @param value - 0 to 2^31 - 1 */
  integer(value: number): void;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const BYTES = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0));
/** Two characters for each 12-bit value; the first character is in the lower byte. */
const PAIRS = Uint16Array.from(
  { length: 4096 },
  (_, bits) => (BYTES[bits >> 6] ?? 0) | ((BYTES[bits & 63] ?? 0) << 8),
);
const UNDERSCORE = '_'.charCodeAt(0);

/** Number of values of five characters (30 bits). A fingerprint has 53 bits. */
const RANGE = 2 ** 30;

const PATTERN = /^([\w-]{5})([\w-]{5})[\w-]{5}(\d{1,10})(?:_(\d{1,10}))?$/;

/**
 * Writes the record part of a cursor.
 *
 * @param seed - secret seed of the checksum
 */
export function writeRecordSuffix(
  index: number,
  fingerprint: number,
  precedingDuplicates: number,
  seed: number,
  out: CursorSink,
): void {
  // 32-bit integers, which V8 does not allocate on the heap.
  const high = (fingerprint / RANGE) | 0;
  const low = (fingerprint % RANGE) | 0;
  const sum = keyedChecksum(seed, index, high, low, precedingDuplicates);
  const lowMiddle = pair(low >>> 6);
  out.ascii16(
    15,
    pair(high >>> 18) | (pair(high >>> 6) << 16),
    single(high) | (pair(low >>> 18) << 8) | (lowMiddle << 24),
    (lowMiddle >>> 8) | (single(low) << 8) | (pair(sum >>> 18) << 16),
    pair(sum >>> 6) | (single(sum) << 16),
  );
  out.integer(index);
  if (precedingDuplicates === 0) return;
  out.byte(UNDERSCORE);
  out.integer(precedingDuplicates);
}

/**
 * Reads the record part of a cursor. Does not verify the checksum.
 *
 * @returns `null` when `text` is not a record part
 */
export function readRecordSuffix(text: string): RecordKey | null {
  const [, high, low, index, precedingDuplicates = 0] = PATTERN.exec(text) ?? [];
  if (high === undefined || low === undefined) return null;
  return {
    index: Number(index),
    fingerprint: readBits(high) * RANGE + readBits(low),
    precedingDuplicates: Number(precedingDuplicates),
  };
}

/** Character for the lower 6 bits of an integer. */
function single(bits: number): number {
  return BYTES[bits & 63] ?? 0;
}

/** Two characters for the lower 12 bits of an integer. */
function pair(bits: number): number {
  return PAIRS[bits & 4095] ?? 0;
}

function readBits(text: string): number {
  let bits = 0;
  for (const character of text) bits = bits * 64 + ALPHABET.indexOf(character);
  return bits;
}
