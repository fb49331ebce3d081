import { GraphQLError } from 'graphql';
import {
  errors,
  type FetchImplementation,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import type { Logger } from 'pino';
import { type AuthConfig, ONLY_ACCOUNT } from '../../config/index.js';
import { httpError } from '../../http/http-error.js';
import { knownScopes, type Viewer } from '../../resources/viewer.js';
import { bearerToken, invalidToken } from './bearer.js';
import { IssuerKeys } from './issuer-keys.js';

/** Asymmetric signature algorithms. `none` and HMAC (shared secrets) are not accepted. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** Tolerated difference between the clocks of issuer and gateway, in seconds. */
const CLOCK_SKEW = 30;

/** `Retry-After` in seconds while the JWKS endpoint is unavailable. */
const KEYS_RETRY_AFTER = 5;

/** Errors of an invalid token. Any other error means that the keys are unavailable. */
const TOKEN_ERRORS: ReadonlySet<unknown> = new Set([
  errors.JWTClaimValidationFailed.code,
  errors.JWTExpired.code,
  errors.JWTInvalid.code,
  errors.JWSInvalid.code,
  errors.JWSSignatureVerificationFailed.code,
  errors.JOSEAlgNotAllowed.code,
  errors.JOSENotSupported.code,
  errors.JWKSNoMatchingKey.code,
]);

/**
 * Authenticates JSON Web Tokens of the configured issuers and audiences.
 *
 * @param isServed - returns whether the gateway serves an account
 * @param log - receives changes of the availability of the JWKS endpoint
 * @param fetch - fetches the keys; by default the one of Node
 */
export function jwtAuthentication(
  { jwksUrl, issuers, audiences, accountClaim }: Extract<AuthConfig, { kind: 'jwt' }>,
  isServed: (account: string) => boolean,
  log: Pick<Logger, 'warn' | 'info'>,
  fetch?: FetchImplementation,
): (authorization: string | undefined) => Promise<Viewer> {
  const keys = new IssuerKeys(jwksUrl, log, fetch);
  const expected = {
    issuer: [...issuers],
    audience: [...audiences],
    algorithms: ALGORITHMS,
    clockTolerance: CLOCK_SKEW,
    requiredClaims: ['sub', 'exp'],
  };
  const viewerFor = (payload: JWTPayload): Viewer => {
    const account = accountClaim === null ? ONLY_ACCOUNT : payload[accountClaim];
    if (typeof account === 'string' && isServed(account)) return viewerOf(payload, account);
    throw httpError({
      status: 403,
      code: 'FORBIDDEN',
      message: `Expected the claim \`${accountClaim}\` of the token to name an account that this gateway serves.`,
    });
  };
  return async (authorization) => {
    const token = bearerToken(authorization);
    try {
      const find = await keys.current();
      try {
        return viewerFor(await verify(token, find, expected));
      } catch (error) {
        // The token may be signed with a key that is newer than the cached ones.
        if (!isOfUnknownKey(error)) throw error;
        const newer = await keys.newer();
        if (newer === null) throw error;
        return viewerFor(await verify(token, newer, expected));
      }
    } catch (error) {
      if (error instanceof GraphQLError) throw error;
      if (error instanceof errors.JOSEError && TOKEN_ERRORS.has(error.code)) throw invalidToken();
      throw httpError({
        status: 503,
        code: 'UPSTREAM_UNAVAILABLE',
        message: 'Cannot verify tokens: JWKS endpoint unavailable.',
        retryAfter: KEYS_RETRY_AFTER,
      });
    }
  };
}

/**
 * Verifies a token. If several keys match its header, each of them is tried: an issuer without key IDs (`kid`)
 * publishes two keys during a key rotation.
 */
async function verify(token: string, keys: JWTVerifyGetKey, expected: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, expected)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, expected)).payload;
      } catch (mismatch) {
        if (!(mismatch instanceof errors.JWSSignatureVerificationFailed)) throw mismatch;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

/** Without a `kid`, a token that is signed with a new key cannot be distinguished from a forged one. */
function isOfUnknownKey(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
}

function viewerOf({ sub = '', scope, scp }: JWTPayload, account: string): Viewer {
  // RFC 8693 defines `scope` as a string. Other issuers use `scp`, an array or a string.
  const granted = [scope, scp].flat().filter((names) => typeof names === 'string');
  return { name: sub, scopes: knownScopes(granted.flatMap((names) => names.split(' '))), account };
}
