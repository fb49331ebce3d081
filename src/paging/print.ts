/**
 * A 53-bit fingerprint of a text: the size of a safe integer, so that it stays a plain number.
 *
 * Two FNV-1a lanes with a final avalanche, because this runs once for every record whose cursor is asked
 * for, where a cryptographic digest would cost more than the rest of the record. It only ever tells records
 * of one list apart; nothing secret hangs on it.
 *
 * @param seed - gives an independent function per value, for checks that depend on a secret.
 */
export function print(text: string, seed = 0): number {
  let low = 0x811c9dc5 ^ seed;
  let high = 0x9747b28c ^ (seed >>> 7);
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x5bd1e995);
    high ^= high >>> 15;
  }
  return (avalanche(high ^ low) & 0x1fffff) * 0x1_0000_0000 + (avalanche(low ^ seed) >>> 0);
}

/**
 * A 31-bit fingerprint of a few integers that depends on a secret: for what is damaged, not for what is forged.
 *
 * @param seed - the secret
 */
export function keyedPrint(seed: number, a: number, b: number, c: number, d: number): number {
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
