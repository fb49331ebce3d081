import { errors, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { Logger } from 'pino';
import type { AuthConfig } from '../../config/index.js';
import { httpError } from '../../http/http-error.js';
import { knownScopes, type Viewer } from '../../resources/viewer.js';
import { bearerToken, invalidToken } from './bearer.js';
import { IssuerKeys } from './issuer-keys.js';

/** Signatures that whoever can check cannot also make; `none` and shared secrets are not among them. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** Seconds that the clocks of issuer and gateway may differ. */
const CLOCK_SKEW = 30;

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
]);

/**
 * Lets in whoever has a JSON Web Token of one of the issuers for one of the audiences.
 *
 * @param log - is told when the issuer's keys cannot be fetched, and when they can be again
 */
export function jwtAuthentication(
  { jwksUrl, issuers, audiences }: Extract<AuthConfig, { kind: 'jwt' }>,
  log: Pick<Logger, 'warn' | 'info'>,
): (authorization: string | undefined) => Promise<Viewer> {
  const keys = new IssuerKeys(jwksUrl, log);
  const expected = {
    issuer: [...issuers],
    audience: [...audiences],
    algorithms: ALGORITHMS,
    clockTolerance: CLOCK_SKEW,
    requiredClaims: ['sub', 'exp'],
  };
  return async (authorization) => {
    const token = bearerToken(authorization);
    try {
      const find = await keys.current();
      try {
        return viewerOf(await verify(token, find, expected));
      } catch (error) {
        // The key may be newer than the keys that are held.
        if (!isOfUnknownKey(error)) throw error;
        const newer = await keys.newer();
        if (newer === null) throw error;
        return viewerOf(await verify(token, newer, expected));
      }
    } catch (error) {
      if (error instanceof errors.JOSEError && TOKEN_ERRORS.has(error.code)) throw invalidToken();
      throw httpError({
        status: 503,
        code: 'UPSTREAM_UNAVAILABLE',
        message: 'Tokens cannot be checked at present: their issuer does not give its keys.',
        retryAfter: KEYS_RETRY_AFTER,
      });
    }
  };
}

/**
 * Verifies a token. Where several keys match its header, as they do while an issuer that names no key (`kid`) publishes
 * the next one, each of them is tried.
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

/** Without a `kid` a token of a new key is told from a forged one by nothing but the new key. */
function isOfUnknownKey(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
}

function viewerOf({ sub = '', scope, scp }: JWTPayload): Viewer {
  // RFC 8693 has text in `scope`; issuers of another tradition have a list, or text, in `scp`.
  const granted = [scope, scp].flat().filter((names) => typeof names === 'string');
  return { name: sub, scopes: knownScopes(granted.flatMap((names) => names.split(' '))) };
}
