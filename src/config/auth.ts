import { ConfigError } from './config-error.js';
import { isLoopback } from './hosts.js';
import type { StaticToken } from './tokens.js';
import type { RemoteUpstream } from './upstream.js';
import { need, type Variables } from './variables.js';

/** How callers show the gateway who they are. */
export type AuthConfig =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly tokens: readonly StaticToken[] }
  | {
      readonly kind: 'jwt';
      readonly jwksUrl: string;
      readonly issuer: string;
      readonly audience: string;
    };

/** @throws {ConfigError} when it is not clear who may come in: nothing is left open by accident */
export function readAuthConfig(variables: Variables, upstream: RemoteUpstream | null): AuthConfig {
  const { GATEWAY_TOKENS: tokens, JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE } = variables;
  switch (variables.GATEWAY_AUTH) {
    case 'token':
      if (tokens === undefined)
        throw new ConfigError('GATEWAY_TOKENS: expected, since GATEWAY_AUTH is token');
      return { kind: 'token', tokens };
    case 'jwt': {
      const reason = 'GATEWAY_AUTH is jwt';
      return {
        kind: 'jwt',
        jwksUrl: need('JWT_JWKS_URL', JWT_JWKS_URL, reason),
        issuer: need('JWT_ISSUER', JWT_ISSUER, reason),
        audience: need('JWT_AUDIENCE', JWT_AUDIENCE, reason),
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
    throw new ConfigError('GATEWAY_AUTH: expected token, since GATEWAY_TOKENS is set');
  }
  if (variables.JWT_JWKS_URL ?? variables.JWT_ISSUER ?? variables.JWT_AUDIENCE) {
    throw new ConfigError('GATEWAY_AUTH: expected jwt, since JWT_ variables are set');
  }
  if (upstream !== null && !isLoopback(variables.HOST)) {
    throw new ConfigError(
      `GATEWAY_AUTH: expected with HOST=${variables.HOST}, which opens a real upstream to the network; ` +
        'write GATEWAY_AUTH=none if that is meant',
    );
  }
}
