import type { RecordKey } from '../position.js';
import { keyedChecksum } from './fingerprint.js';

/*
 * The part of a cursor that says which record of its page it stands behind: halves of the record's fingerprint and a
 * checksum, five characters of base64url each, then its index, and its rank where it has one. Fixed widths, because
 * one is written for every edge.
 */

/** Takes the parts that a cursor is written in, one after the other. */
export interface CursorSink {
  /** Some ASCII. */
  ascii(text: string): void;
  /** A character of ASCII. */
  byte(byte: number): void;
  /** Up to 16 characters of ASCII, four in a number, the first one lowest. */
  ascii16(length: number, first: number, second: number, third: number, fourth: number): void;
  /** @param value - 0 to 2^31 - 1 */
  integer(value: number): void;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const BYTES = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0));
/** Two characters for 12 bits, the first one lower. */
const PAIRS = Uint16Array.from(
  { length: 4096 },
  (_, bits) => (BYTES[bits >> 6] ?? 0) | ((BYTES[bits & 63] ?? 0) << 8),
);
const UNDERSCORE = '_'.charCodeAt(0);

/** What five characters can say: 30 bits. A fingerprint has 53. */
const RANGE = 2 ** 30;

const PATTERN = /^([\w-]{5})([\w-]{5})[\w-]{5}(\d{1,10})(?:_(\d{1,10}))?$/;

/**
 * Writes a record part.
 *
 * @param seed - secret that keys the checksum
 */
export function writeRecordSuffix(
  index: number,
  fingerprint: number,
  precedingDuplicates: number,
  seed: number,
  out: CursorSink,
): void {
  // As integers of 32 bits, which need no object of their own on their way.
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

/** Reads a record part, its checksum aside. @returns `null` for a text that is none */
export function readRecordSuffix(text: string): RecordKey | null {
  const [, high, low, index, rank = 0] = PATTERN.exec(text) ?? [];
  if (high === undefined || low === undefined) return null;
  return {
    index: Number(index),
    fingerprint: readBits(high) * RANGE + readBits(low),
    precedingDuplicates: Number(rank),
  };
}

/** The character for the lower 6 bits of an integer. */
function single(bits: number): number {
  return BYTES[bits & 63] ?? 0;
}

/** The two characters for its lower 12 bits. */
function pair(bits: number): number {
  return PAIRS[bits & 4095] ?? 0;
}

function readBits(text: string): number {
  let bits = 0;
  for (const character of text) bits = bits * 64 + ALPHABET.indexOf(character);
  return bits;
}
