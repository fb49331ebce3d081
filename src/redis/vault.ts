import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';
/** Characters of a name: 132 bits. */
const NAME_LENGTH = 22;
/** Changes with the layout of what is stored, so that versions side by side do not read each other's values. */
const PREFIX = 'wireless-gateway:1';

/**
 * Seals what is stored in Redis, because Redis is shared with others: values are encrypted and authenticated, names are
 * keyed digests. Both keys are derived from a secret that only the instances have. So Redis shows no page, token, SID or
 * document, and a value that others have written is not accepted.
 */
export class Vault {
  readonly #nameKey: Buffer;
  readonly #valueKey: Buffer;

  /** @param secret - a credential that the instances share */
  constructor(secret: string | Uint8Array) {
    this.#nameKey = derive(secret, 'names');
    this.#valueKey = derive(secret, 'values');
  }

  /**
   * Returns the name under which something is stored.
   *
   * @param use - what it is
   * @param parts - identify it
   */
  name(use: string, ...parts: readonly string[]): string {
    const digest = createHmac('sha256', this.#nameKey).update(JSON.stringify([use, ...parts]));
    // The braces make it the part that a cluster chooses the node by, so keys that are derived from it share a node.
    return `${PREFIX}:${use}:{${digest.digest('base64url').slice(0, NAME_LENGTH)}}`;
  }

  /** Encrypts a value. @param name - its name; it cannot be read under another one */
  seal(name: string, value: Uint8Array): Buffer {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.#valueKey, iv).setAAD(Buffer.from(name));
    return Buffer.concat([iv, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
  }

  /** Decrypts a value. @returns `null` if it was not sealed under this name by an instance with the same secret */
  open(name: string, sealed: Buffer): Buffer | null {
    if (sealed.length < IV_BYTES + TAG_BYTES) return null;
    const end = sealed.length - TAG_BYTES;
    try {
      const decipher = createDecipheriv(CIPHER, this.#valueKey, sealed.subarray(0, IV_BYTES))
        .setAAD(Buffer.from(name))
        .setAuthTag(sealed.subarray(end));
      return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, end)), decipher.final()]);
    } catch {
      return null;
    }
  }
}

function derive(secret: string | Uint8Array, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `wireless-gateway redis ${use}`, KEY_BYTES));
}
