import { hkdfSync } from 'node:crypto';

/**
 * Derives a key that signs cursors from a secret that all instances share: a cursor works on each of them, and after a
 * restart. Every account has keys of its own, also if their secret is the same.
 *
 * @param secret - one of `CURSOR_SECRETS`, or the secret of the upstream credentials
 * @param account - identifies the upstream account
 */
export function deriveCursorKey(secret: string, account: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, account, 'wireless-gateway cursors', 32));
}
