import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import { BaseHeaders } from './base-headers.js';

/** How long a browser may cache the response to a preflight request, in seconds: the maximum of Chrome. */
const MAX_AGE_S = 7200;

/** Origins that are logged, one line each: clients can send any number of them. */
const MAX_LOGGED = 20;

/** What can be logged of an `Origin` header: a scheme, a host and a port. */
const PRINTABLE_ORIGIN = /^[a-z][a-z0-9+.-]{0,30}:\/\/[\w.:[\]-]{1,255}$/i;

/** Response headers that a page of an allowed origin may read. */
const EXPOSED_HEADERS = 'Retry-After, X-Request-Id';

/**
 * Lets pages of the configured origins call the gateway (CORS). Credentials are never allowed, because the gateway uses no
 * cookies. The headers are set before the request is routed, so that errors and all paths have them.
 */
export class Cors {
  /** By origin. */
  readonly #allowed: ReadonlyMap<string, BaseHeaders>;
  readonly #others: BaseHeaders;
  readonly #log: Logger;
  readonly #logged = new Set<string>();

  constructor(origins: readonly string[], log: Logger) {
    this.#allowed = new Map(origins.map((origin) => [origin, new BaseHeaders(allow(origin), ['Origin'])]));
    // Also for a request without `Origin`: a cache must not return that response to a page of an allowed origin.
    this.#others = new BaseHeaders([], origins.length > 0 ? ['Origin'] : []);
    this.#log = log;
  }

  /**
   * The headers of a response, those to a preflight request included.
   *
   * @param methods - value of `Access-Control-Allow-Methods`
   */
  headersFor(req: IncomingMessage, methods: string): BaseHeaders {
    const { origin } = req.headers;
    if (origin === undefined) return this.#others;
    const allowed = this.#allowed.get(origin);
    if (allowed === undefined) {
      this.#logRefused(origin, req);
      return this.#others;
    }
    const isPreflight =
      req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined;
    return isPreflight ? preflight(origin, methods, req) : allowed;
  }

  /** Logs an origin once. The browser does not tell its page why the response cannot be read. */
  #logRefused(origin: string, req: IncomingMessage): void {
    if (this.#logged.size >= MAX_LOGGED || this.#logged.has(origin)) return;
    if (isSameOrigin(origin, req) || !PRINTABLE_ORIGIN.test(origin)) return;
    this.#logged.add(origin);
    this.#log.warn({ origin }, 'a page of this origin may not read responses: CORS_ORIGINS does not list it');
  }
}

function allow(origin: string): string[] {
  return ['Access-Control-Allow-Origin', origin, 'Access-Control-Expose-Headers', EXPOSED_HEADERS];
}

function preflight(origin: string, methods: string, { headers }: IncomingMessage): BaseHeaders {
  const answer = [
    ...allow(origin),
    ...['Access-Control-Allow-Methods', methods],
    ...['Access-Control-Max-Age', String(MAX_AGE_S)],
  ];
  // Any header is allowed: clients send their own (names, versions, traces), and none of them grants access.
  const requested = headers['access-control-request-headers'];
  if (requested === undefined) return new BaseHeaders(answer, ['Origin']);
  answer.push('Access-Control-Allow-Headers', requested);
  return new BaseHeaders(answer, ['Origin', 'Access-Control-Request-Headers']);
}

/** Whether a page of the gateway itself (GraphiQL) sends the request: browsers name its origin with every POST. */
function isSameOrigin(origin: string, { headers }: IncomingMessage): boolean {
  return (
    headers['sec-fetch-site'] === 'same-origin' ||
    origin === `http://${headers.host}` ||
    origin === `https://${headers.host}`
  );
}
