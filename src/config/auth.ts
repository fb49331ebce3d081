import { ConfigError } from './config-error.js';
import { isLoopback } from './hosts.js';
import type { StaticToken } from './tokens.js';
import type { RemoteUpstream } from './upstream.js';
import { need, type Variables } from './variables.js';

/** Authentication of callers. */
export type AuthConfig =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly tokens: readonly StaticToken[] }
  | {
      readonly kind: 'jwt';
      readonly jwksUrl: string;
      /** Accepted issuers; their keys are those of `jwksUrl`. */
      readonly issuers: readonly string[];
      /** Accepted audiences; a token needs at least one of them. */
      readonly audiences: readonly string[];
    };

/**
 * Reads the authentication settings.
 *
 * @throws {ConfigError} when a variable is missing, or when anonymous access to a real upstream is not explicit
 */
export function readAuthConfig(variables: Variables, upstream: RemoteUpstream | null): AuthConfig {
  const { GATEWAY_TOKENS: tokens, JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE } = variables;
  switch (variables.GATEWAY_AUTH) {
    case 'token':
      if (tokens === undefined)
        throw new ConfigError('GATEWAY_TOKENS: required because GATEWAY_AUTH is token');
      return { kind: 'token', tokens };
    case 'jwt': {
      const reason = 'GATEWAY_AUTH is jwt';
      return {
        kind: 'jwt',
        jwksUrl: need('JWT_JWKS_URL', JWT_JWKS_URL, reason),
        issuers: need('JWT_ISSUER', JWT_ISSUER, reason),
        audiences: need('JWT_AUDIENCE', JWT_AUDIENCE, reason),
      };
    }
    case 'none':
      return { kind: 'none' };
    default:
      assertExplicitlyOpen(variables, upstream);
      return { kind: 'none' };
  }
}

function assertExplicitlyOpen(variables: Variables, upstream: RemoteUpstream | null): void {
  if (variables.GATEWAY_TOKENS !== undefined) {
    throw new ConfigError('GATEWAY_AUTH: expected token, because GATEWAY_TOKENS is set');
  }
  if (variables.JWT_JWKS_URL ?? variables.JWT_ISSUER ?? variables.JWT_AUDIENCE) {
    throw new ConfigError('GATEWAY_AUTH: expected jwt, because JWT_ variables are set');
  }
  if (upstream !== null && !isLoopback(variables.HOST)) {
    throw new ConfigError(
      `GATEWAY_AUTH: required because HOST=${variables.HOST} exposes a real upstream to the network; ` +
        'set GATEWAY_AUTH=none for anonymous access',
    );
  }
}
