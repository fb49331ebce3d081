import type { FetchImplementation } from 'jose';
import { request } from 'undici';
import { createDispatcher, type ProxySettings } from '../../upstream/http/dispatcher.js';

/** Time limit of a connection, in milliseconds. The caller's signal limits the whole request. */
const CONNECT_TIMEOUT_MS = 5000;

/**
 * Creates a `fetch` that goes through proxies. Node's own one does so on some versions of Node only, and would read the
 * environment by itself.
 */
export function fetchThrough(proxy: ProxySettings): FetchImplementation {
  const dispatcher = createDispatcher({ connections: 1, connectTimeoutMs: CONNECT_TIMEOUT_MS, proxy });
  return async (url, { headers, signal }) => {
    // Redirects are not followed: the keys decide who is admitted.
    const { statusCode, body } = await request(url, {
      dispatcher,
      signal,
      headers: Object.fromEntries(headers),
    });
    return new Response(await body.text(), { status: statusCode });
  };
}
