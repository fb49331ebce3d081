import type { Plugin } from 'graphql-yoga';
import type { HttpContext } from '../http-context.js';

/**
 * Looks at a request before anything of its body is read.
 *
 * @throws a refusal, for one that is not let in
 */
export type Guard = (context: HttpContext) => void | Promise<void>;

/**
 * Leads a request past the guards, in their order; whichever way it takes, once.
 *
 * @throws the first refusal
 */
export function admit(guards: readonly Guard[], context: HttpContext): Promise<void> {
  context.admission ??= passAll(guards, context);
  return context.admission;
}

async function passAll(guards: readonly Guard[], context: HttpContext): Promise<void> {
  for (const guard of guards) {
    const passing = guard(context);
    // Most have nothing to wait for, and every wait is a turn of the loop for all that is in flight.
    if (passing !== undefined) await passing;
  }
}

/** The guards, for requests that come to Yoga. */
export function useGuards(guards: readonly Guard[]): Plugin<object, HttpContext> {
  return {
    onRequestParse: ({ serverContext }) => admit(guards, serverContext),
  };
}
