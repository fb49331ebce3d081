import type { Plugin } from 'graphql-yoga';
import type { HttpContext } from '../../http/context.js';

/** What an endpoint beside `/graphql` answers. */
export interface EndpointAnswer {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Serves GET of one path. */
export function useEndpoint(
  path: string,
  answer: (context: HttpContext) => EndpointAnswer | Promise<EndpointAnswer>,
): Plugin<object, HttpContext> {
  return {
    async onRequest({ request, url, serverContext, fetchAPI, endResponse }) {
      if (url.pathname !== path) return;
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        endResponse(new fetchAPI.Response(null, { status: 405, headers: { allow: 'GET, HEAD' } }));
        return;
      }
      const { status, body, contentType, headers } = await answer(serverContext);
      endResponse(
        new fetchAPI.Response(request.method === 'HEAD' ? null : body, {
          status,
          headers: { ...headers, 'content-type': contentType, 'cache-control': 'no-store' },
        }),
      );
    },
  };
}
