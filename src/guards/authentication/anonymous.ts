import { SCOPES, type Viewer } from './scopes.js';

/** Anonymous access with all scopes, for a gateway that only authorized callers can reach. */
export function anonymousAuthentication(): () => Viewer {
  const viewer: Viewer = { name: 'anonymous', scopes: new Set(SCOPES) };
  return () => viewer;
}
