import { createHmac } from 'node:crypto';

/** Length of a signature: the digest is truncated to its first 96 bits. */
const SIGNATURE_BYTES = 12;

/** Entries of each of the two generations of memoized signatures; about what a busy instance signs in a second. */
const MAX_MEMOIZED = 500;

/** A payload with its signature, and a seed for checksums that depend on it. */
export interface SignedPayload {
  /** Signature and payload in base64url. */
  readonly text: string;
  /** Another part of the digest. It depends on the key, and `text` does not contain it. */
  readonly seed: number;
}

interface MemoizedSignature extends SignedPayload {
  readonly list: string;
}

/**
 * Signs cursor payloads: HMAC-SHA256 over (list key, payload), truncated to 96 bits. Payloads are readable, not
 * encrypted. Recent signatures are memoized, because one HMAC takes as long as encoding a dozen cursors.
 */
export class CursorSigner {
  readonly #key: Uint8Array;
  // The map key is the payload alone: lists hardly ever share a payload, and a combined key would be concatenated for
  // every lookup. Two generations approximate LRU: an entry that is used moves to the newer one, and the older one is
  // dropped as a whole.
  #newer = new Map<string, MemoizedSignature>();
  #older = new Map<string, MemoizedSignature>();

  /** @param key - secret key of the HMAC */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /**
   * Signs a payload.
   *
   * @param list - list key that the signature covers
   */
  sign(list: string, payload: string): SignedPayload {
    let signed = this.#newer.get(payload);
    if (signed?.list === list) return signed;
    signed = this.#older.get(payload);
    if (signed?.list !== list) signed = this.#compute(list, payload);
    if (this.#newer.size >= MAX_MEMOIZED) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(payload, signed);
    return signed;
  }

  /**
   * Verifies a signed payload that a client sent.
   *
   * @returns the payload, or `null` if its signature is not valid for this list
   */
  verify(list: string, text: string): string | null {
    const payload = Buffer.from(text, 'base64url').subarray(SIGNATURE_BYTES).toString();
    return this.#compute(list, payload).text === text ? payload : null;
  }

  #compute(list: string, payload: string): MemoizedSignature {
    const digest = createHmac('sha256', this.#key).update(list).update('\0').update(payload).digest();
    const bytes = Buffer.concat([digest.subarray(0, SIGNATURE_BYTES), Buffer.from(payload)]);
    return { list, text: bytes.toString('base64url'), seed: digest.readInt32LE(SIGNATURE_BYTES) };
  }
}
