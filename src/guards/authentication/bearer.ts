import type { GraphQLError } from 'graphql';
import { httpError } from '../../http/http-error.js';

const REALM = 'Bearer realm="wireless-gateway"';

/**
 * Returns the token of an `Authorization` header.
 *
 * @throws {GraphQLError} UNAUTHENTICATED when there is none
 */
export function bearerToken(authorization: string | undefined): string {
  const token = /^Bearer +([^\s,]+) *$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) {
    throw unauthenticated('Expected the header `Authorization: Bearer <token>`.', REALM);
  }
  return token;
}

/** Error for an invalid token. It does not name the reason, which would only help an attacker. */
export function invalidToken(): GraphQLError {
  return unauthenticated('Invalid or expired bearer token.', `${REALM}, error="invalid_token"`);
}

function unauthenticated(message: string, challenge: string): GraphQLError {
  return httpError({
    status: 401,
    code: 'UNAUTHENTICATED',
    message,
    headers: { 'www-authenticate': challenge },
  });
}
