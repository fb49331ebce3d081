import type { HttpContext } from '../../http/context.js';
import type { Guard } from '../../http/guard.js';
import { httpError } from '../../http/http-error.js';
import { callerOf, clientAddress } from './address.js';
import type { RateLimiter } from './limiter.js';

interface RateLimitSettings {
  /** Operations per minute. */
  readonly limit: number;
  /** Whether callers are identified by name; else by address. */
  readonly byName: boolean;
  /** How many proxies are believed in `X-Forwarded-For`. */
  readonly proxies: number;
  /** Called for each rejected operation. */
  readonly onReject: () => void;
}

/** Limits the operations of each caller, so that one caller does not slow others. */
export function rateLimit(
  limiter: RateLimiter,
  { limit, byName, proxies, onReject }: RateLimitSettings,
): Guard {
  return async ({ viewer, req }: HttpContext) => {
    // Two accounts may have issuers that give the same name.
    const name = viewer === undefined ? '' : `${viewer.account} ${viewer.name}`;
    const waitMs = await limiter.count(byName ? name : addressOf(req, proxies));
    if (waitMs === null) return;
    onReject();
    throw httpError({
      status: 429,
      code: 'RATE_LIMITED',
      message: `Rate limit exceeded: ${limit} operations per minute.`,
      retryAfter: Math.max(Math.ceil(waitMs / 1000), 1),
    });
  };
}

function addressOf({ socket, headers }: HttpContext['req'], proxies: number): string {
  // Node joins repeated headers of this name; the type allows for an array.
  const forwardedFor = headers['x-forwarded-for'];
  return callerOf(clientAddress(socket.remoteAddress, forwardedFor?.toString(), proxies));
}
