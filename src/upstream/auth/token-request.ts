import type { AbortSignalLike } from '../../util/abort.js';
import { parseObject } from '../decode/json.js';
import { UpstreamError, type UpstreamErrorCode } from '../errors.js';
import type { HttpResponse, Transport } from '../http/transport.js';
import { isUnavailable } from '../resilience/retry.js';
import type { AuthSettings } from '../settings.js';
import type { Token } from './token.js';

export type ClientCredentials = Extract<AuthSettings, { kind: 'client-credentials' }>;

/** Lifetime of a token whose response has no `expires_in`: the shortest one that KORE offers. */
const DEFAULT_LIFE_SECONDS = 3600;

/**
 * Sends one access token request (RFC 6749, 4.4).
 *
 * @returns the token
 * @throws {UpstreamError} UPSTREAM_UNAUTHORIZED when the endpoint rejects the client credentials; otherwise the code of
 *   the failure
 */
export async function requestToken(
  { clientId, clientSecret, tokenUrl }: ClientCredentials,
  transport: Transport,
  signal: AbortSignalLike,
): Promise<Token> {
  const { origin, pathname, search } = new URL(tokenUrl);
  const response = await transport.send(
    {
      method: 'POST',
      origin,
      path: pathname + search,
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
      }).toString(),
    },
    signal,
  );
  if (response.status !== 200) throw errorOf(response);
  return readToken(response);
}

function readToken({ body, status, sentAt }: HttpResponse): Token {
  const { access_token: token, token_type: type, expires_in: life } = parseObject(body) ?? {};
  const isBearer = type === undefined || (typeof type === 'string' && type.toLowerCase() === 'bearer');
  // The token becomes a header value, so only visible ASCII is accepted.
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token) || !isBearer) {
    throw new UpstreamError('UPSTREAM_BAD_RESPONSE', 'The token endpoint returned no bearer token.', {
      status,
    });
  }
  const seconds = Number(life);
  return {
    header: `Bearer ${token}`,
    lifeMs: (seconds > 0 ? seconds : DEFAULT_LIFE_SECONDS) * 1000,
    sentAt,
  };
}

function errorOf({ status, retryAfter }: HttpResponse): UpstreamError {
  return new UpstreamError(
    codeOf(status),
    `The token endpoint responded with status ${status}.`,
    { status },
    retryAfter,
  );
}

function codeOf(status: number): UpstreamErrorCode {
  if (status === 429) return 'RATE_LIMITED';
  if (isUnavailable(status)) return 'UPSTREAM_UNAVAILABLE';
  // RFC 6749, 5.2: invalid client credentials are a 400 or a 401.
  if (status === 400 || status === 401 || status === 403) return 'UPSTREAM_UNAUTHORIZED';
  return 'UPSTREAM_BAD_RESPONSE';
}
