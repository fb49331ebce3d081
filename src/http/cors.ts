import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';

/** How long a browser may remember the answer to a preflight, in seconds: as long as Chrome does at most. */
const MAX_AGE_S = 7200;

/** Refused origins that are logged, one line each: clients can send any number of them. */
const MAX_LOGGED = 20;

/** What can be logged of an `Origin` header: a scheme, a host and a port. */
const PRINTABLE_ORIGIN = /^[a-z][a-z0-9+.-]{0,30}:\/\/[\w.:[\]-]{1,255}$/i;

/** What a page of an allowed origin may read beyond the body. */
const EXPOSED_HEADERS = 'Retry-After';

/**
 * Lets pages of the configured origins call the gateway (CORS). Cookies mean nothing here, so that credentials are
 * never allowed.
 *
 * Done before the request is handed on, so that errors, and requests of every path, have the same headers.
 */
export class Cors {
  readonly #origins: ReadonlySet<string>;
  readonly #log: Logger;
  readonly #logged = new Set<string>();

  constructor(origins: readonly string[], log: Logger) {
    this.#origins = new Set(origins);
    this.#log = log;
  }

  /** Sets the headers of an answer, those of a preflight included. */
  apply(req: IncomingMessage, res: ServerResponse, methods: string): void {
    // Also without an `Origin`: a cache must not give that answer to a page of an allowed origin.
    if (this.#origins.size > 0) res.setHeader('Vary', 'Origin');
    const { origin } = req.headers;
    if (origin === undefined) return;
    if (!this.#origins.has(origin)) {
      this.#logRefused(origin, req);
      return;
    }
    res.setHeader('Access-Control-Allow-Origin', origin);
    res.setHeader('Access-Control-Expose-Headers', EXPOSED_HEADERS);
    if (req.method !== 'OPTIONS' || req.headers['access-control-request-method'] === undefined) return;
    res.setHeader('Access-Control-Allow-Methods', methods);
    res.setHeader('Access-Control-Max-Age', String(MAX_AGE_S));
    // Clients send headers of their own (names and versions, traces), and none of them gives access to anything.
    const requested = req.headers['access-control-request-headers'];
    if (requested !== undefined) {
      res.setHeader('Access-Control-Allow-Headers', requested);
      res.setHeader('Vary', 'Origin, Access-Control-Request-Headers');
    }
  }

  /** Once per origin. Nothing is refused but the reading of the answer, which the browser does not explain. */
  #logRefused(origin: string, req: IncomingMessage): void {
    if (this.#logged.size >= MAX_LOGGED || this.#logged.has(origin)) return;
    if (isSameOrigin(origin, req) || !PRINTABLE_ORIGIN.test(origin)) return;
    this.#logged.add(origin);
    this.#log.warn({ origin }, 'a page of this origin may not read answers: CORS_ORIGINS does not list it');
  }
}

/** Whether a page of the gateway itself (GraphiQL) sends the request: browsers name its origin with every POST. */
function isSameOrigin(origin: string, { headers }: IncomingMessage): boolean {
  return (
    headers['sec-fetch-site'] === 'same-origin' ||
    origin === `http://${headers.host}` ||
    origin === `https://${headers.host}`
  );
}
