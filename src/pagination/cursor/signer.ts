import { createHash, createHmac } from 'node:crypto';
import { fingerprint } from './fingerprint.js';

/** Length of a signature: the digest is truncated to its first 96 bits. */
const SIGNATURE_BYTES = 12;

/** Length of the key's tag and the checksum, which are in front of the signature. */
const TAG_BYTES = 2;
const CHECKSUM_BYTES = 4;
const SIGNED_FROM = TAG_BYTES + CHECKSUM_BYTES;
const PAYLOAD_FROM = SIGNED_FROM + SIGNATURE_BYTES;

/** Entries of each of the two generations of memoized signatures; about what a busy instance signs in a second. */
const MAX_MEMOIZED = 500;

/** A payload with its signature, and a seed for checksums that depend on it. */
export interface SignedPayload {
  /** Tag of the key, checksum, signature and payload in base64url. */
  readonly text: string;
  /** Another part of the digest. It depends on the key, and `text` does not contain it. */
  readonly seed: number;
}

/** A payload whose signature has been verified. */
export interface VerifiedPayload {
  readonly payload: string;
  /** As in `SignedPayload`. */
  readonly seed: number;
}

interface MemoizedSignature extends SignedPayload {
  readonly list: string;
}

/** The keys that sign and verify the cursors of one upstream account. */
export interface CursorKeys {
  /** Name of the account. It is covered by the checksum of a cursor, which does not contain it. */
  readonly account: string;
  /** Secret keys: the first signs, each of them verifies. */
  readonly keys: readonly Uint8Array[];
}

/** A secret key, and the tag by which a cursor names it. */
interface TaggedKey {
  readonly key: Uint8Array;
  readonly tag: Buffer;
}

/**
 * Signs cursor payloads: HMAC-SHA256 over (list key, payload), truncated to 96 bits. Payloads are readable, not
 * encrypted. Recent signatures are memoized, because one HMAC takes as long as encoding a dozen cursors.
 *
 * In front of the signature are a tag of the key and a checksum that anyone could compute. They tell a cursor that was
 * signed with a retired key from one that is damaged. Security does not depend on them.
 */
export class CursorSigner {
  #account = '';
  #keys: readonly TaggedKey[] = [];
  // The map key is the payload alone: lists hardly ever share a payload, and a combined key would be concatenated for
  // every lookup. Two generations approximate LRU: an entry that is used moves to the newer one, and the older one is
  // dropped as a whole.
  #newer = new Map<string, MemoizedSignature>();
  #older = new Map<string, MemoizedSignature>();

  constructor(keys: CursorKeys) {
    this.replaceKeys(keys);
  }

  /** Replaces the keys. Cursors of a key that is no longer among them are `retired` from now on. */
  replaceKeys({ account, keys }: CursorKeys): void {
    this.#account = account;
    this.#keys = keys.map((key) => ({ key, tag: tagOf(key) }));
    this.#newer = new Map();
    this.#older = new Map();
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
   * @returns the payload; `retired` if it is undamaged and was signed for this account with a key that is not among the
   *   keys; `invalid` for any other text
   */
  verify(list: string, text: string): VerifiedPayload | 'retired' | 'invalid' {
    const bytes = Buffer.from(text, 'base64url');
    // Base64url has several spellings of the same bytes. Only one of them is a cursor.
    if (bytes.length < PAYLOAD_FROM || bytes.toString('base64url') !== text) return 'invalid';
    const payload = bytes.toString('utf8', PAYLOAD_FROM);
    const tag = bytes.subarray(0, TAG_BYTES);
    const known = this.#keys.filter((key) => key.tag.equals(tag));
    for (const key of known) {
      const digest = digestOf(key, list, payload);
      if (this.#textOf(key, digest, payload) === text) return { payload, seed: seedOf(digest) };
    }
    const isUndamaged = bytes.readUInt32LE(TAG_BYTES) === this.#checksumOf(tag, bytes.subarray(SIGNED_FROM));
    return isUndamaged && known.length === 0 ? 'retired' : 'invalid';
  }

  #compute(list: string, payload: string): MemoizedSignature {
    const [key] = this.#keys;
    if (key === undefined) throw new Error('no key to sign cursors with');
    const digest = digestOf(key, list, payload);
    return { list, text: this.#textOf(key, digest, payload), seed: seedOf(digest) };
  }

  #textOf({ tag }: TaggedKey, digest: Buffer, payload: string): string {
    const signed = Buffer.concat([digest.subarray(0, SIGNATURE_BYTES), Buffer.from(payload)]);
    const checksum = Buffer.alloc(CHECKSUM_BYTES);
    checksum.writeUInt32LE(this.#checksumOf(tag, signed));
    return Buffer.concat([tag, checksum, signed]).toString('base64url');
  }

  #checksumOf(tag: Buffer, signed: Buffer): number {
    return fingerprint(`${this.#account}\0${tag.toString('latin1')}${signed.toString('latin1')}`) >>> 0;
  }
}

function digestOf({ key }: TaggedKey, list: string, payload: string): Buffer {
  return createHmac('sha256', key).update(list).update('\0').update(payload).digest();
}

function seedOf(digest: Buffer): number {
  return digest.readInt32LE(SIGNATURE_BYTES);
}

/** Names a key without revealing it. Two keys have the same tag by chance, so a tag only selects the keys to try. */
function tagOf(key: Uint8Array): Buffer {
  return createHash('sha256').update('tag of a cursor key').update(key).digest().subarray(0, TAG_BYTES);
}
