import { hash as digest, timingSafeEqual } from 'node:crypto';
import type { StaticToken } from '../../config/tokens.js';
import { bearerToken, invalidToken } from './bearer.js';
import type { Viewer } from './scopes.js';

/** Authenticates static bearer tokens by their SHA-256 hash. */
export function staticTokenAuthentication(
  tokens: readonly StaticToken[],
): (authorization: string | undefined) => Viewer {
  const viewers = tokens.map(({ name, hash, scopes }) => ({ hash, viewer: { name, scopes } }));
  return (authorization) => {
    const given = digest('sha256', bearerToken(authorization), 'buffer');
    let found: Viewer | null = null;
    // All hashes are compared in constant time, so that the response time reveals nothing about the tokens.
    for (const { hash, viewer } of viewers) {
      if (timingSafeEqual(hash, given)) found = viewer;
    }
    if (found === null) throw invalidToken();
    return found;
  };
}
