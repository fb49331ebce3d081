import { createHmac } from 'node:crypto';

/** Bytes of the digest that stand in front of what is sealed. */
const TAG_BYTES = 12;

/** Seals that are remembered, twice: as many as a busy instance makes in a second. */
const MAX_MEMOIZED = 500;

/** A sealed text, and what can be keyed with it. */
export interface SignedPayload {
  readonly text: string;
  /** Depends on the secret too, and is not in the text. */
  readonly seed: number;
}

/** A seal, and for which list it was made. */
interface MemoizedSignature extends SignedPayload {
  readonly list: string;
}

/**
 * Seals texts with an HMAC over them and the list that they belong to. A page that is asked for again and again is
 * sealed again and again: that it comes out the same is remembered, for an HMAC takes as long as a dozen cursors.
 */
export class CursorSigner {
  readonly #key: Uint8Array;
  // By the text alone, which hardly two lists have in common: a name of both would have to be put together every
  // time. What is still of use moves from the older to the newer ones; the others go all at once.
  #newer = new Map<string, MemoizedSignature>();
  #older = new Map<string, MemoizedSignature>();

  /** @param key - secret */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Seals a text that was written here. */
  sign(list: string, text: string): SignedPayload {
    let sealed = this.#newer.get(text);
    if (sealed?.list === list) return sealed;
    sealed = this.#older.get(text);
    if (sealed?.list !== list) sealed = this.#signed(list, text);
    if (this.#newer.size >= MAX_MEMOIZED) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(text, sealed);
    return sealed;
  }

  /** Opens what came from outside. @returns `null` for what was not sealed here, for this list */
  verify(list: string, sealed: string): string | null {
    const text = Buffer.from(sealed, 'base64url').subarray(TAG_BYTES).toString();
    return this.#signed(list, text).text === sealed ? text : null;
  }

  #signed(list: string, text: string): MemoizedSignature {
    const digest = createHmac('sha256', this.#key).update(list).update('\0').update(text).digest();
    const bytes = Buffer.concat([digest.subarray(0, TAG_BYTES), Buffer.from(text)]);
    return { list, text: bytes.toString('base64url'), seed: digest.readInt32LE(TAG_BYTES) };
  }
}
