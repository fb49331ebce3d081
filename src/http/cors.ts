import type { IncomingMessage, ServerResponse } from 'node:http';

/** Seconds for which a browser may remember a preflight. */
const MAX_AGE = 7200;

const METHODS = 'GET, POST';

/** Response headers that pages may read. */
const EXPOSED = 'Retry-After';

/** Decides which pages of other origins may call the gateway, for every path of the server. */
export interface CorsPolicy {
  /**
   * Sets the CORS headers of a response.
   *
   * @returns whether the request was a preflight, which is answered then
   */
  handle(req: IncomingMessage, res: ServerResponse): boolean;
}

/**
 * Admits pages of the configured origins. Cookies mean nothing to the gateway, so no page may send any.
 *
 * @param onRejected - called with each origin that is not configured, once
 */
export function createCors(origins: readonly string[], onRejected: (origin: string) => void): CorsPolicy {
  if (origins.length === 0) return { handle: () => false };
  const admitted = new Set(origins);
  const rejected = new Set<string>();
  return {
    handle(req, res) {
      const { origin } = req.headers;
      // The response to one origin must not be reused for another.
      res.setHeader('vary', 'Origin');
      if (origin === undefined) return false;
      if (admitted.has(origin)) {
        res.setHeader('access-control-allow-origin', origin);
        res.setHeader('access-control-expose-headers', EXPOSED);
      } else if (
        !isSameOrigin(origin, req.headers.host) &&
        rejected.size < MAX_LOGGED_ORIGINS &&
        !rejected.has(origin)
      ) {
        rejected.add(origin);
        onRejected(origin);
      }
      if (req.method !== 'OPTIONS' || req.headers['access-control-request-method'] === undefined)
        return false;
      preflight(req, res, admitted.has(origin));
      return true;
    },
  };
}

/** Clients can send any number of origins. */
const MAX_LOGGED_ORIGINS = 20;

/** Browsers send `Origin` to the gateway's own pages, too. */
function isSameOrigin(origin: string, host: string | undefined): boolean {
  return host !== undefined && origin.endsWith(`://${host}`);
}

function preflight(req: IncomingMessage, res: ServerResponse, isAdmitted: boolean): void {
  if (isAdmitted) {
    res.setHeader('access-control-allow-methods', METHODS);
    res.setHeader(
      'access-control-allow-headers',
      req.headers['access-control-request-headers'] ?? 'content-type',
    );
    res.setHeader('access-control-max-age', MAX_AGE);
  }
  res.setHeader('vary', 'Origin, Access-Control-Request-Headers');
  res.writeHead(204, { 'content-length': '0' }).end();
}
