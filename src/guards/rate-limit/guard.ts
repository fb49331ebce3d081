import type { HttpContext } from '../../http/context.js';
import type { Guard } from '../../http/guard.js';
import { httpError } from '../../http/http-error.js';
import { callerOf } from './address.js';
import { secondsToWindowEnd } from './minute.js';
import type { RateLimitStore } from './store.js';

/**
 * Lets each caller send so many operations a minute, and no more: one that sends too many does not slow others.
 *
 * @param byName - whether callers are known by name; else they are told apart by address
 */
export function rateLimit(counter: RateLimitStore, limit: number, byName: boolean): Guard {
  return async ({ viewer, req }: HttpContext) => {
    const now = Date.now();
    const caller = byName ? (viewer?.name ?? '') : callerOf(req.socket.remoteAddress);
    if ((await counter.count(caller, now)) <= limit) return;
    throw httpError({
      status: 429,
      code: 'RATE_LIMITED',
      message: `At most ${limit} operations a minute are answered to one caller.`,
      retryAfter: secondsToWindowEnd(now),
    });
  };
}
