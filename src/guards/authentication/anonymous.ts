import { SCOPES } from '../../resources/scopes.js';
import type { Viewer } from '../../resources/viewer.js';

/**
 * Anonymous access with all scopes, for a gateway that only authorized callers can reach.
 *
 * @param account - name of the only account
 */
export function anonymousAuthentication(account: string): () => Viewer {
  const viewer: Viewer = { name: 'anonymous', scopes: new Set(SCOPES), account };
  return () => viewer;
}
