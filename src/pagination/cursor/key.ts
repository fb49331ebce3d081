import { hkdfSync } from 'node:crypto';
import type { AuthSettings } from '../../upstream/settings.js';

/**
 * The secret that seals cursors.
 *
 * It is drawn from the upstream credentials, which all instances of a gateway have in common anyway, so that a
 * cursor works on each of them and after a restart with nothing more to configure. Cursors made before the
 * credentials are changed are refused after.
 */
export function deriveCursorKey(auth: AuthSettings): Uint8Array {
  const secret = auth.kind === 'basic' ? auth.password : auth.clientSecret;
  const account = auth.kind === 'basic' ? auth.user : auth.clientId;
  return new Uint8Array(hkdfSync('sha256', secret, account, 'wireless-gateway cursors', 32));
}
