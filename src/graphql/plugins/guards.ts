import type { Plugin } from 'graphql-yoga';
import type { HttpContext } from '../../http/context.js';
import { type Guard, runGuards } from '../../http/guard.js';

/** Runs the guards for requests that Yoga handles. */
export function useGuards(guards: readonly Guard[]): Plugin<object, HttpContext> {
  return {
    onRequestParse: ({ serverContext }) => runGuards(guards, serverContext),
  };
}
