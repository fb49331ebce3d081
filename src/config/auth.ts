import type { AccountConfig } from './accounts.js';
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
      /** Claim that names the caller's upstream account; `null`: there is only one account. */
      readonly accountClaim: string | null;
    };

/**
 * Reads the authentication settings.
 *
 * @param accounts - those of `UPSTREAM_ACCOUNTS`; `null` without that file
 * @throws {ConfigError} when a variable is missing, or when anonymous access to a real upstream is not explicit
 */
export function readAuthConfig(
  variables: Variables,
  upstream: RemoteUpstream | null,
  accounts: readonly AccountConfig[] | null,
): AuthConfig {
  const { GATEWAY_TOKENS: tokens, JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE } = variables;
  switch (variables.GATEWAY_AUTH) {
    case 'token':
      if (tokens === undefined)
        throw new ConfigError('GATEWAY_TOKENS: required because GATEWAY_AUTH is token');
      return { kind: 'token', tokens: tokens.map((token) => ofAccount(token, accounts)) };
    case 'jwt': {
      const reason = 'GATEWAY_AUTH is jwt';
      return {
        kind: 'jwt',
        jwksUrl: need('JWT_JWKS_URL', JWT_JWKS_URL, reason),
        issuers: need('JWT_ISSUER', JWT_ISSUER, reason),
        audiences: need('JWT_AUDIENCE', JWT_AUDIENCE, reason),
        accountClaim: accounts === null ? null : variables.JWT_ACCOUNT_CLAIM,
      };
    }
    case 'none':
      if (accounts !== null && accounts.length > 1) throw anonymousOfSeveralAccounts();
      return { kind: 'none' };
    default:
      if (accounts !== null) throw anonymousOfSeveralAccounts();
      assertExplicitlyOpen(variables, upstream);
      return { kind: 'none' };
  }
}

function anonymousOfSeveralAccounts(): ConfigError {
  return new ConfigError(
    'GATEWAY_AUTH: expected token or jwt, because a caller of UPSTREAM_ACCOUNTS is known by its token',
  );
}

/** @returns the token with the name of its account */
function ofAccount(token: StaticToken, accounts: readonly AccountConfig[] | null): StaticToken {
  const { name, account } = token;
  if (accounts === null) {
    if (account === null) return token;
    throw new ConfigError(`GATEWAY_TOKENS: ${name} names an account, which needs UPSTREAM_ACCOUNTS`);
  }
  const [only] = accounts;
  const own = account ?? (accounts.length === 1 ? (only?.name ?? null) : null);
  if (own === null || !accounts.some(({ name }) => name === own)) {
    throw new ConfigError(
      `GATEWAY_TOKENS: ${name} needs an account of UPSTREAM_ACCOUNTS; expected name:hash:scopes:account`,
    );
  }
  return { ...token, account: own };
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
