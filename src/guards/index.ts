import type { Plugin } from 'graphql-yoga';
import type { HttpContext } from '../http/context.js';

/**
 * Looks at a request before anything of its body is read.
 *
 * @throws a refusal, for one that is not let in
 */
export type Guard = (context: HttpContext) => void | Promise<void>;

/**
 * Leads a request past the guards, in their order; whichever way it takes, once.
 *
 * @returns a promise where there is something to wait for, or a refusal
 * @throws the first refusal
 */
export function runGuards(guards: readonly Guard[], context: HttpContext): Promise<void> | undefined {
  context.admission ??= pass(guards, context);
  return context.admission === 'given' ? undefined : context.admission;
}

/** Most guards have nothing to wait for, and every wait is a turn of the loop for all that is in flight. */
function pass(guards: readonly Guard[], context: HttpContext): NonNullable<HttpContext['admission']> {
  try {
    let next = 0;
    for (const guard of guards) {
      next += 1;
      const passing = guard(context);
      if (passing !== undefined) return passing.then(() => passAll(guards.slice(next), context));
    }
    return 'given';
  } catch (refusal) {
    return Promise.reject(refusal);
  }
}

async function passAll(guards: readonly Guard[], context: HttpContext): Promise<void> {
  for (const guard of guards) await guard(context);
}

/** The guards, for requests that come to Yoga. */
export function useGuards(guards: readonly Guard[]): Plugin<object, HttpContext> {
  return {
    onRequestParse: ({ serverContext }) => runGuards(guards, serverContext),
  };
}
