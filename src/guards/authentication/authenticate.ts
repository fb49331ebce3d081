import type { Logger } from 'pino';
import type { AuthConfig } from '../../config/index.js';
import type { Viewer } from '../../resources/viewer.js';
import { anonymousAuthentication } from './anonymous.js';
import { staticTokenAuthentication } from './static-tokens.js';

/**
 * Finds out who asks.
 *
 * @param authorization - the header of that name
 * @throws a refusal for whoever must not come in
 */
export type Authenticate = (authorization: string | undefined) => Viewer | Promise<Viewer>;

/** @param log - is told of failures that are not the caller's */
export async function createAuthentication(
  access: AuthConfig,
  log: Pick<Logger, 'warn' | 'info'>,
): Promise<Authenticate> {
  switch (access.kind) {
    case 'token':
      return staticTokenAuthentication(access.tokens);
    case 'jwt': {
      // Its library takes time to load, which a start without it need not.
      const { jwtAuthentication } = await import('./jwt.js');
      return jwtAuthentication(access, log);
    }
    case 'none':
      return anonymousAuthentication();
  }
}
