import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import type { AuthConfig } from '../../config/index.js';
import { httpError } from '../../http/http-error.js';
import { bearerToken, invalidToken } from './bearer.js';
import { knownScopes, type Viewer } from './viewer.js';

/** Signatures that whoever can check cannot also make; `none` and shared secrets are not among them. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** Seconds that the clocks of issuer and gateway may differ. */
const CLOCK_SKEW = 30;

/** How long keys are kept, and how soon after a key was not found among them they may be fetched again. */
const KEYS = { cacheMaxAge: 10 * 60_000, cooldownDuration: 30_000, timeoutDuration: 5000 };

/** Seconds after which it is worth to ask again when the keys could not be had. */
const KEYS_RETRY_AFTER = 5;

/** What is wrong with a token. Whatever else goes wrong is wrong with the keys. */
const TOKEN_ERRORS: ReadonlySet<unknown> = new Set([
  errors.JWTClaimValidationFailed.code,
  errors.JWTExpired.code,
  errors.JWTInvalid.code,
  errors.JWSInvalid.code,
  errors.JWSSignatureVerificationFailed.code,
  errors.JOSEAlgNotAllowed.code,
  errors.JOSENotSupported.code,
  errors.JWKSNoMatchingKey.code,
  errors.JWKSMultipleMatchingKeys.code,
]);

/**
 * Lets in whoever has a JSON Web Token of the issuer for this audience.
 *
 * @param log - is told when the issuer's keys cannot be had
 */
export function jwtAuthentication(
  { jwksUrl, issuer, audience }: Extract<AuthConfig, { kind: 'jwt' }>,
  log: (message: string) => void,
): (authorization: string | undefined) => Promise<Viewer> {
  const keys = createRemoteJWKSet(new URL(jwksUrl), KEYS);
  const expected = {
    issuer,
    audience,
    algorithms: ALGORITHMS,
    clockTolerance: CLOCK_SKEW,
    requiredClaims: ['sub', 'exp'],
  };
  return async (authorization) => {
    const token = bearerToken(authorization);
    try {
      const { payload } = await jwtVerify(token, keys, expected);
      return viewerOf(payload);
    } catch (error) {
      if (error instanceof errors.JOSEError && TOKEN_ERRORS.has(error.code)) throw invalidToken();
      log('the keys that tokens are checked with cannot be had');
      throw httpError({
        status: 503,
        code: 'UPSTREAM_UNAVAILABLE',
        message: 'Tokens cannot be checked at present: their issuer does not give its keys.',
        retryAfter: KEYS_RETRY_AFTER,
      });
    }
  };
}

function viewerOf({ sub = '', scope, scp }: JWTPayload): Viewer {
  // RFC 8693 has text in `scope`; issuers of another tradition have a list, or text, in `scp`.
  const granted = [scope, scp].flat().filter((names) => typeof names === 'string');
  return { name: sub, scopes: knownScopes(granted.flatMap((names) => names.split(' '))) };
}
