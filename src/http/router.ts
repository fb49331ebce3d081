import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { baseHead, NO_BASE_HEADERS, setBaseHeaders } from './base-headers.js';
import type { Cors } from './cors.js';
import { requestIdOf } from './request-id.js';
import { readTarget } from './request-target.js';
import type { Responder } from './responder.js';
import { acceptsHtml } from './response-types.js';

/** Path of the GraphQL endpoint. */
export const GRAPHQL_PATH = '/graphql';

/** The handler of a path. */
export interface Route {
  /** Allowed methods, without `OPTIONS`. */
  readonly methods: readonly string[];
  /** Handles a request with one of the methods. */
  readonly handle: RequestListener;
}

/** The parts of the router. */
export interface RouterParts {
  /** By path. */
  readonly routes: Readonly<Record<string, Route>>;
  readonly cors: Cors;
  readonly responder: Responder;
  /** Whether a browser that opens `/` is redirected to GraphiQL. */
  readonly graphiql: boolean;
}

/**
 * Creates the first handler of every request. It rejects requests that are not valid HTTP, and finds the route by the
 * request target alone. The handlers after it see `req.url` in origin form and a constant `Host`.
 */
export function createRouter({ routes, cors, responder, graphiql }: RouterParts): RequestListener {
  const byPath = new Map(
    Object.entries(routes).map(([path, route]) => [path, { ...route, allowed: route.methods.join(', ') }]),
  );
  const graphql = byPath.get(GRAPHQL_PATH);
  if (graphql !== undefined) byPath.set(`${GRAPHQL_PATH}/`, graphql);
  // Ports for operators do not serve operations.
  const hint = graphql === undefined ? '' : `: the GraphQL endpoint is ${GRAPHQL_PATH}`;
  const allMethods = [...new Set(Object.values(routes).flatMap(({ methods }) => methods))].join(', ');
  return (req, res) => {
    const target = readTarget(req);
    const requestId = requestIdOf(req);
    if (typeof target === 'string') {
      setBaseHeaders(res, NO_BASE_HEADERS, requestId);
      responder.sendError(res, { status: 400, message: target, headers: { connection: 'close' } });
      return;
    }
    const { path, search } = target;
    const route = byPath.get(path);
    const allowed = route?.allowed ?? allMethods;
    setBaseHeaders(res, cors.headersFor(req, allowed), requestId);
    if (route === undefined && path !== '*') {
      answerUnknownPath(req, res, path === '/' && graphiql);
    } else if (req.method === 'OPTIONS') {
      res.writeHead(204, [...baseHead(res), 'Allow', allowed]).end();
    } else if (route?.methods.includes(req.method ?? '')) {
      req.url = path + search;
      req.headers.host = 'localhost';
      route.handle(req, res);
    } else {
      responder.sendError(res, {
        status: 405,
        message: `Expected one of the methods ${allowed}.`,
        headers: { allow: allowed, ...closing(req) },
      });
    }
  };

  function answerUnknownPath(req: IncomingMessage, res: ServerResponse, isStart: boolean): void {
    const isRead = req.method === 'GET' || req.method === 'HEAD';
    if (isStart && isRead && acceptsHtml(req.headers.accept)) {
      res.writeHead(302, [...baseHead(res), 'Location', GRAPHQL_PATH, 'Content-Length', '0']).end();
      return;
    }
    responder.sendError(res, {
      status: 404,
      message: `Nothing is served at this path${hint}.`,
      headers: closing(req),
    });
  }
}

/** Body size, in bytes, up to which Node may read and discard the rest of the body after the response. */
const MAX_DISCARDED_BYTES = 256 * 1024;

/** A header that closes the connection if too much of a rejected request has not arrived yet. */
export function closing({ headers }: IncomingMessage): Record<string, string> {
  const unknown = headers['transfer-encoding'] !== undefined;
  return unknown || Number(headers['content-length'] ?? 0) > MAX_DISCARDED_BYTES
    ? { connection: 'close' }
    : {};
}
