import type { Plugin } from 'graphql-yoga';

/** What an endpoint beside `/graphql` answers. */
export interface EndpointAnswer {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
}

/** Serves GET of one path. */
export function useEndpoint(path: string, answer: () => EndpointAnswer | Promise<EndpointAnswer>): Plugin {
  return {
    async onRequest({ request, url, fetchAPI, endResponse }) {
      if (url.pathname !== path) return;
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        endResponse(new fetchAPI.Response(null, { status: 405, headers: { allow: 'GET, HEAD' } }));
        return;
      }
      const { status, body, contentType } = await answer();
      endResponse(
        new fetchAPI.Response(request.method === 'HEAD' ? null : body, {
          status,
          headers: { 'content-type': contentType, 'cache-control': 'no-store' },
        }),
      );
    },
  };
}
