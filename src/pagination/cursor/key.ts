import { hkdfSync } from 'node:crypto';
import type { AuthSettings } from '../../upstream/settings.js';

/**
 * Derives the key that signs cursors from the upstream credentials (HKDF).
 *
 * All instances of a gateway share these credentials, so a cursor is valid on each instance and after a restart without
 * further configuration. When the credentials change, earlier cursors become invalid.
 */
export function deriveCursorKey(auth: AuthSettings): Uint8Array {
  const secret = auth.kind === 'basic' ? auth.password : auth.clientSecret;
  const account = auth.kind === 'basic' ? auth.user : auth.clientId;
  return new Uint8Array(hkdfSync('sha256', secret, account, 'wireless-gateway cursors', 32));
}
