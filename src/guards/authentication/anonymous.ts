import { SCOPES } from '../../resources/scopes.js';
import type { Viewer } from '../../resources/viewer.js';

/** Anonymous access with all scopes, for a gateway that only authorized callers can reach. */
export function anonymousAuthentication(): () => Viewer {
  const viewer: Viewer = { name: 'anonymous', scopes: new Set(SCOPES) };
  return () => viewer;
}
