/**
 * Computes a 53-bit non-cryptographic hash of a string. 53 bits fit into a safe integer.
 *
 * It has two 32-bit lanes with a final avalanche and processes four characters at a time. It runs for every record
 * whose cursor is requested, where a cryptographic digest would take longer than the rest of the record. It only
 * distinguishes the records of one list; security does not depend on it.
 */
export function fingerprint(text: string): number {
  const { length } = text;
  let low = LOW;
  let high = HIGH;
  let all = 0;
  for (let at = 0; at < length; at += 4) {
    // After the end `charCodeAt` returns NaN, which the bitwise operators convert to 0.
    const [a, b] = [text.charCodeAt(at), text.charCodeAt(at + 1)];
    const [c, d] = [text.charCodeAt(at + 2), text.charCodeAt(at + 3)];
    all |= a | b | c | d;
    const word = a | (b << 8) | (c << 16) | (d << 24);
    low = mixLane(low, word, LOW_FACTOR);
    high = mixLane(high, word, HIGH_FACTOR);
  }
  return all > 0xff ? fingerprintWide(text) : combineLanes(low, high, length);
}

/** Fingerprint of a string with characters above U+00FF: processes two UTF-16 code units at a time. */
function fingerprintWide(text: string): number {
  const { length } = text;
  let low = LOW;
  let high = HIGH;
  for (let at = 0; at < length; at += 2) {
    const word = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
    low = mixLane(low, word, LOW_FACTOR);
    high = mixLane(high, word, HIGH_FACTOR);
  }
  return combineLanes(low, high, length);
}

/** Fingerprint of the ASCII string in the bytes from `from` to `to`: equal to `fingerprint` of that string. */
export function fingerprintBytes(bytes: DataView, from: number, to: number): number {
  let low = LOW;
  let high = HIGH;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    const word = bytes.getInt32(at, true);
    low = mixLane(low, word, LOW_FACTOR);
    high = mixLane(high, word, HIGH_FACTOR);
  }
  if (at < to) {
    let word = 0;
    for (let shift = 0; at < to; at += 1, shift += 8) word |= bytes.getUint8(at) << shift;
    low = mixLane(low, word, LOW_FACTOR);
    high = mixLane(high, word, HIGH_FACTOR);
  }
  return combineLanes(low, high, to - from);
}

const LOW = 0x811c9dc5 | 0;
const HIGH = 0x9747b28c | 0;
const LOW_FACTOR = 0x9e3779b1;
const HIGH_FACTOR = 0x5bd1e995;

function mixLane(lane: number, word: number, factor: number): number {
  const scattered = Math.imul(word, 0xcc9e2d51);
  const product = Math.imul(lane ^ scattered ^ (scattered >>> 15), factor);
  return product ^ (product >>> 13);
}

function combineLanes(low: number, high: number, length: number): number {
  return (avalanche(high ^ low ^ length) & 0x1fffff) * 0x1_0000_0000 + (avalanche(low ^ length) >>> 0);
}

/**
 * Computes a 31-bit checksum of four integers. It detects damage; it is too weak against forgery.
 *
 * @param seed - secret that the checksum depends on
 */
export function keyedChecksum(seed: number, a: number, b: number, c: number, d: number): number {
  let lane = Math.imul(seed ^ a, 0x01000193);
  lane = Math.imul(lane ^ (lane >>> 15) ^ b, 0x5bd1e995);
  lane = Math.imul(lane ^ (lane >>> 13) ^ c, 0x01000193);
  lane = Math.imul(lane ^ (lane >>> 16) ^ d, 0x5bd1e995);
  return avalanche(lane ^ seed) & 0x7fffffff;
}

function avalanche(lane: number): number {
  let mixed = lane ^ (lane >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
