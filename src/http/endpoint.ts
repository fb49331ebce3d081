import type { OutgoingHttpHeaders } from 'node:http';
import { createHttpContext, type HttpContext } from './context.js';
import type { Responder } from './responder.js';
import type { Route } from './router.js';

/** The response of an endpoint other than `/graphql`. */
export interface EndpointAnswer {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Creates the route of an endpoint other than `/graphql`.
 *
 * @param onError - called with an error that `answer` throws; the client gets status 500
 */
export function endpoint(
  responder: Responder,
  answer: (context: HttpContext) => EndpointAnswer | Promise<EndpointAnswer>,
  onError: (error: unknown) => void,
): Route {
  return {
    methods: ['GET', 'HEAD'],
    async handle(req, res) {
      try {
        const { status, body, contentType, headers } = await answer(createHttpContext(req, res));
        const all: OutgoingHttpHeaders = {
          ...headers,
          'content-type': contentType,
          'cache-control': 'no-store',
        };
        responder.send(res, { status, headers: all, body });
      } catch (error) {
        onError(error);
        responder.sendError(res, { status: 500, message: 'Unexpected error.' });
      }
    },
  };
}
