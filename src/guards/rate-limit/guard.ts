import type { HttpContext } from '../../http/context.js';
import type { Guard } from '../../http/guard.js';
import { httpError } from '../../http/http-error.js';
import { callerOf } from './address.js';
import type { RateLimiter } from './limiter.js';

/**
 * Limits the operations of each caller, so that one caller does not slow others.
 *
 * @param limit - operations per minute
 * @param byName - whether callers are identified by name; else by address
 * @param onReject - called for each rejected operation
 */
export function rateLimit(limiter: RateLimiter, limit: number, byName: boolean, onReject: () => void): Guard {
  return async ({ viewer, req }: HttpContext) => {
    // Two accounts may have issuers that give the same name.
    const name = viewer === undefined ? '' : `${viewer.account} ${viewer.name}`;
    const waitMs = await limiter.count(byName ? name : callerOf(req.socket.remoteAddress));
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
