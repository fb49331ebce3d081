import type { HttpContext } from '../../http/context.js';
import type { Guard } from '../../http/guard.js';
import { httpError } from '../../http/http-error.js';
import { callerOf } from './address.js';
import type { RateLimiter } from './limiter.js';

/**
 * Lets each caller send so many operations a minute, and no more: one that sends too many does not slow others.
 *
 * @param byName - whether callers are known by name; else they are told apart by address
 */
export function rateLimit(limiter: RateLimiter, limit: number, byName: boolean): Guard {
  return async ({ viewer, req }: HttpContext) => {
    const waitMs = await limiter.count(byName ? (viewer?.name ?? '') : callerOf(req.socket.remoteAddress));
    if (waitMs === null) return;
    throw httpError({
      status: 429,
      code: 'RATE_LIMITED',
      message: `At most ${limit} operations a minute are answered to one caller.`,
      retryAfter: Math.max(Math.ceil(waitMs / 1000), 1),
    });
  };
}
