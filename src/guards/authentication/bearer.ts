import type { GraphQLError } from 'graphql';
import { httpError } from '../../http/http-error.js';

const REALM = 'Bearer realm="wireless-gateway"';

/**
 * The token in an `Authorization` header.
 *
 * @throws a refusal when there is none
 */
export function bearerToken(authorization: string | undefined): string {
  const token = /^Bearer +([^\s,]+) *$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) {
    throw unauthenticated('Expected the header `Authorization: Bearer <token>`.', REALM);
  }
  return token;
}

/** The refusal of a token. It does not say what is wrong with it: that helps nobody but who made it up. */
export function invalidToken(): GraphQLError {
  return unauthenticated(
    'The bearer token is not valid, or not any more.',
    `${REALM}, error="invalid_token"`,
  );
}

function unauthenticated(message: string, challenge: string): GraphQLError {
  return httpError({
    status: 401,
    code: 'UNAUTHENTICATED',
    message,
    headers: { 'www-authenticate': challenge },
  });
}
