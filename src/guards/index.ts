import type { Plugin } from 'graphql-yoga';
import type { HttpContext } from '../http/context.js';

/**
 * Checks a request before its body is read.
 *
 * @throws {GraphQLError} when the request is rejected
 */
export type Guard = (context: HttpContext) => void | Promise<void>;

/**
 * Runs the guards in their order, once for each request on either execution path.
 *
 * @returns a promise if a guard is asynchronous or rejects the request; it rejects with the error of the first guard
 *   that fails
 */
export function runGuards(guards: readonly Guard[], context: HttpContext): Promise<void> | undefined {
  context.admission ??= admit(guards, context);
  return context.admission === 'given' ? undefined : context.admission;
}

/** Most guards are synchronous. Not awaiting them avoids a microtask turn for each. */
function admit(guards: readonly Guard[], context: HttpContext): NonNullable<HttpContext['admission']> {
  try {
    for (const [index, guard] of guards.entries()) {
      const pending = guard(context);
      if (pending !== undefined) return pending.then(() => runAll(guards.slice(index + 1), context));
    }
    return 'given';
  } catch (rejection) {
    return Promise.reject(rejection);
  }
}

async function runAll(guards: readonly Guard[], context: HttpContext): Promise<void> {
  for (const guard of guards) await guard(context);
}

/** Runs the guards for requests that Yoga handles. */
export function useGuards(guards: readonly Guard[]): Plugin<object, HttpContext> {
  return {
    onRequestParse: ({ serverContext }) => runGuards(guards, serverContext),
  };
}
