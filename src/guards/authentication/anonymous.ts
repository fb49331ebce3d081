import { SCOPES } from '../../resources/scopes.js';
import type { Viewer } from '../../resources/viewer.js';

/** Lets everybody read everything: for a gateway that only those can reach who may. */
export function anonymousAuthentication(): () => Viewer {
  const anybody: Viewer = { name: 'anonymous', scopes: new Set(SCOPES) };
  return () => anybody;
}
