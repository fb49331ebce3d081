import { hkdfSync } from 'node:crypto';

/**
 * Derives the key that signs cursors from the upstream credentials, which all instances share: a cursor works on each of
 * them, and after a restart, without further configuration. Cursors that were issued before a change of the credentials
 * are rejected after it.
 *
 * @param secret - of the account or the client
 * @param account - name of the account or the client
 */
export function deriveCursorKey(secret: string, account: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, account, 'wireless-gateway cursors', 32));
}
