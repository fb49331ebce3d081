import { hash as digest, timingSafeEqual } from 'node:crypto';
import type { StaticToken } from '../../config/tokens.js';
import type { Viewer } from '../../resources/viewer.js';
import { remembered } from '../../util/remembered.js';
import { bearerToken, invalidToken } from './bearer.js';

/**
 * Lets in whoever has one of the tokens.
 *
 * Headers that were accepted are remembered, since a digest takes 3 µs, and are found by V8's hash of the whole text,
 * which is seeded: as with the digests, the time taken tells nothing of how near a guess was.
 */
export function staticTokenAuthentication(
  tokens: readonly StaticToken[],
): (authorization: string | undefined) => Viewer {
  const viewers = tokens.map(({ name, hash, scopes }) => ({ hash, viewer: { name, scopes } }));
  const accept = remembered((authorization) => {
    const given = digest('sha256', bearerToken(authorization), 'buffer');
    let found: Viewer | null = null;
    // All of them, whichever it is: the time taken tells nothing of how near a guess was, or to which token.
    for (const { hash, viewer } of viewers) {
      if (timingSafeEqual(hash, given)) found = viewer;
    }
    if (found === null) throw invalidToken();
    return found;
  });
  return (authorization = '') => accept(authorization);
}
