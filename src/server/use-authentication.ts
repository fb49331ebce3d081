import type { Plugin } from 'graphql-yoga';
import type { Authenticate } from './auth/authenticate.js';
import type { HttpContext } from './http-context.js';

/** Finds out who sends an operation, before anything of it is read. */
export function useAuthentication(authenticate: Authenticate): Plugin<object, HttpContext> {
  return {
    async onRequestParse({ serverContext }) {
      serverContext.viewer = await authenticate(serverContext.req.headers.authorization);
    },
  };
}
