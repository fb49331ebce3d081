import type { AbortSignalLike } from '../../util/abort.js';
import { parseObject } from '../decode/json.js';
import { UpstreamError, type UpstreamErrorCode } from '../errors.js';
import type { HttpResponse, Transport } from '../http/transport.js';
import type { AuthSettings } from '../settings.js';

export type ClientCredentials = Extract<AuthSettings, { kind: 'client-credentials' }>;

export interface Token {
  /** Value of the `Authorization` header. */
  readonly header: string;
  readonly lifeMs: number;
  /** When it was asked for, on the runtime's clock: its life may have begun then. */
  readonly sentAt: number;
}

// The shortest life that KORE offers, for an answer that names none.
const SHORTEST_LIFE_SECONDS = 3600;

/**
 * Asks once for an access token (RFC 6749, 4.4).
 *
 * @throws {UpstreamError} UPSTREAM_UNAUTHORIZED when the client is refused, else as for any request
 */
export async function requestToken(
  { clientId, clientSecret, tokenUrl }: ClientCredentials,
  transport: Transport,
  signal: AbortSignalLike,
): Promise<Token> {
  const { origin, pathname, search } = new URL(tokenUrl);
  const wire = await transport.send(
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
  if (wire.status !== 200) throw refusal(wire);
  return readToken(wire);
}

function readToken({ body, status, sentAt }: HttpResponse): Token {
  const { access_token: token, token_type: type, expires_in: life } = parseObject(body) ?? {};
  const isBearer = type === undefined || (typeof type === 'string' && type.toLowerCase() === 'bearer');
  // It becomes a header: nothing but visible ASCII may be in it.
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token) || !isBearer) {
    throw new UpstreamError('UPSTREAM_BAD_RESPONSE', 'The token endpoint sent no bearer token.', { status });
  }
  const seconds = Number(life);
  return {
    header: `Bearer ${token}`,
    lifeMs: (seconds > 0 ? seconds : SHORTEST_LIFE_SECONDS) * 1000,
    sentAt,
  };
}

function refusal({ status, retryAfter }: HttpResponse): UpstreamError {
  return new UpstreamError(
    codeOf(status),
    `The token endpoint answered with status ${status}.`,
    { status },
    retryAfter,
  );
}

function codeOf(status: number): UpstreamErrorCode {
  if (status === 429) return 'RATE_LIMITED';
  if (status >= 500) return 'UPSTREAM_UNAVAILABLE';
  // RFC 6749, 5.2: a wrong client is a 400 or a 401.
  if (status === 400 || status === 401 || status === 403) return 'UPSTREAM_UNAUTHORIZED';
  return 'UPSTREAM_BAD_RESPONSE';
}
