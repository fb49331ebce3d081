import type { Access } from '../../config.js';
import type { Viewer } from '../../schema/scopes.js';
import { jwtAuthentication } from './jwt.js';
import { openAuthentication } from './open.js';
import { staticTokenAuthentication } from './static-tokens.js';

/**
 * Finds out who asks.
 *
 * @param authorization - the header of that name
 * @throws a refusal for whoever must not come in
 */
export type Authenticate = (authorization: string | undefined) => Viewer | Promise<Viewer>;

/** @param log - is told of failures that are not the caller's */
export function createAuthentication(access: Access, log: (message: string) => void): Authenticate {
  switch (access.kind) {
    case 'token':
      return staticTokenAuthentication(access.tokens);
    case 'jwt':
      return jwtAuthentication(access, log);
    case 'none':
      return openAuthentication();
  }
}
