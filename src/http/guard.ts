import type { HttpContext } from './context.js';

/**
 * Examines a request before its body is read.
 *
 * @throws {HttpError} or {GraphQLError} to reject the request
 */
export type Guard = (context: HttpContext) => void | Promise<void>;

/**
 * Runs the guards in their order, once for each request, whichever path the request takes.
 *
 * @returns a promise if a guard has to wait, or has rejected the request
 * @throws what the first guard that rejects the request throws
 */
export function runGuards(guards: readonly Guard[], context: HttpContext): Promise<void> | undefined {
  context.admission ??= run(guards, context);
  return context.admission === 'given' ? undefined : context.admission;
}

/** Most guards do not wait, and each wait is a turn of the event loop for everything in flight. */
function run(guards: readonly Guard[], context: HttpContext): NonNullable<HttpContext['admission']> {
  try {
    let next = 0;
    for (const guard of guards) {
      next += 1;
      const running = guard(context);
      if (running !== undefined) return running.then(() => runInOrder(guards.slice(next), context));
    }
    return 'given';
  } catch (rejection) {
    return Promise.reject(rejection);
  }
}

async function runInOrder(guards: readonly Guard[], context: HttpContext): Promise<void> {
  for (const guard of guards) await guard(context);
}
