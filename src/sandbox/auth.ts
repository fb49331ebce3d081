import type { IncomingHttpHeaders } from 'node:http';
import { type Answer, ApiError, jsonAnswer } from './answer.js';
import type { BearerTokens } from './bearer-tokens.js';
import type { SandboxCredentials } from './credentials.js';

/** Authenticates a request. Returns an error response, or `null` if the request is authenticated. */
export type Authenticate = (headers: IncomingHttpHeaders) => Answer | null;

/** HTTP Basic with the account's SID and token, or with an API key and its secret. */
export function basicAuth({ accountSid, authToken, apiKey, apiSecret }: SandboxCredentials): Authenticate {
  const allowed = new Set([basic(accountSid, authToken), basic(apiKey, apiSecret)]);
  return ({ authorization = '' }) =>
    allowed.has(authorization) ? null : unauthorized('Basic realm="Twilio API"');
}

/**
 * Bearer tokens of the token endpoint. As the real API does, it rejects an expired token with 403 and an unknown one
 * with 401.
 */
export function bearerAuth(tokens: BearerTokens): Authenticate {
  return ({ authorization = '' }) => {
    const state = authorization.startsWith('Bearer ') ? tokens.check(authorization.slice(7)) : 'unknown';
    if (state === 'good') return null;
    if (state === 'unknown') return unauthorized('Bearer');
    return jsonAnswer(403, { message: 'Forbidden', error: 'Invalid or expired token' });
  };
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function unauthorized(scheme: string): Answer {
  return new ApiError(401, 20003, 'Authenticate', { 'www-authenticate': scheme }).answer;
}
