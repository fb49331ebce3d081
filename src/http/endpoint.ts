import type { OutgoingHttpHeaders } from 'node:http';
import type { HttpContext } from './context.js';
import type { Responder } from './responder.js';
import type { Route } from './router.js';

/** What an endpoint beside `/graphql` answers. */
export interface EndpointAnswer {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Makes the route of an endpoint beside `/graphql`.
 *
 * @param onError - told of an error that `answer` did not foresee; the client gets a plain 500
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
        const { status, body, contentType, headers } = await answer({ req, res });
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
