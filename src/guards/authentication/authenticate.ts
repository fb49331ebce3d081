import type { Logger } from 'pino';
import type { AuthConfig } from '../../config/index.js';
import type { Viewer } from '../../resources/viewer.js';
import { anonymousAuthentication } from './anonymous.js';
import { staticTokenAuthentication } from './static-tokens.js';

/**
 * Authenticates a caller.
 *
 * @param authorization - value of the `Authorization` header
 * @returns the viewer
 * @throws {GraphQLError} UNAUTHENTICATED when the credentials are missing or invalid
 */
export type Authenticate = (authorization: string | undefined) => Viewer | Promise<Viewer>;

/**
 * Creates the authentication that is configured.
 *
 * @param log - receives failures of the token issuer
 */
export async function createAuthentication(
  config: AuthConfig,
  log: Pick<Logger, 'warn' | 'info'>,
): Promise<Authenticate> {
  switch (config.kind) {
    case 'token':
      return staticTokenAuthentication(config.tokens);
    case 'jwt': {
      // Loaded on demand, because `jose` would slow down the start of gateways that do not use it.
      const { jwtAuthentication } = await import('./jwt.js');
      return jwtAuthentication(config, log);
    }
    case 'none':
      return anonymousAuthentication();
  }
}
