import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastPath } from '../fast-path/fast-path.js';
import { type Guard, runGuards } from '../guards/index.js';
import { FastAbortSignal } from '../util/abort.js';
import { readBody } from './body.js';
import type { HttpContext } from './context.js';
import type { Responder } from './responder.js';
import { acceptsHtml, responseTypesFor } from './response-types.js';
import { closing } from './router.js';
import { ShimRequest, ShimResponse } from './yoga-shim/messages.js';
import { sendYogaResponse } from './yoga-shim/response.js';

/** The ways that a request can take. */
export interface RequestHandlers {
  readonly guards: readonly Guard[];
  /** Executes compiled operations; `null`: disabled. */
  readonly fastPath: FastPath | null;
  /** Yoga without its adapter, with lean messages for its `fetchAPI`. */
  readonly shim: (request: Request, context: HttpContext) => Response | Promise<Response>;
  /** Yoga with its adapter, for all requests that are not plain. */
  readonly adapter: (req: IncomingMessage, res: ServerResponse) => Response | Promise<Response>;
  readonly responder: Responder;
  /** Whether a browser gets GraphiQL. */
  readonly graphiql: boolean;
  /** Told of an error that could not be answered by Yoga; the client gets a plain 500. */
  readonly onError: (error: unknown) => void;
}

/** A type of JSON, with or without parameters. */
const JSON_BODY = /^application\/json *(?:;|$)/;

/**
 * HTTP entry point of GraphQL. A JSON POST is tried on the fast path. If that does not apply, it is passed to Yoga, as
 * a GET is, through minimal Fetch API messages: converting between the messages of Node and of the Fetch API takes
 * longer than the rest of the request. Other requests use Yoga's Node adapter. All of them run the same guards and get
 * the same responses: the content type is negotiated here, so Yoga receives an `Accept` header with a single type.
 */
export function createGraphqlHandler(ways: RequestHandlers): RequestListener {
  return (req, res) => {
    const { accept, 'content-encoding': coding } = req.headers;
    if (coding !== undefined && coding.toLowerCase() !== 'identity') {
      ways.responder.sendError(res, {
        status: 415,
        message: 'Expected a body without a content coding.',
        headers: { 'accept-encoding': 'identity', ...closing(req) },
      });
      return;
    }
    if (ways.graphiql && req.method === 'GET' && acceptsHtml(accept)) {
      req.headers.accept = 'text/html';
      void respondByAdapter(ways, req, res);
      return;
    }
    const types = responseTypesFor(accept);
    if (types === null) {
      ways.responder.sendError(res, {
        status: 406,
        message:
          'Expected application/json, application/graphql-response+json, multipart/mixed or text/event-stream ' +
          'among the types of the Accept header.',
        headers: closing(req),
      });
      return;
    }
    req.headers.accept = types.accept;
    if (isShimCandidate(req)) void answer(ways, types.json, req, res);
    else void respondByAdapter(ways, req, res);
  };
}

/** Headers that a page of another site cannot send without a preflight: by Yoga's own name, and by Apollo's. */
export const CSRF_HEADERS = ['x-graphql-yoga-csrf', 'apollo-require-preflight'] as const;

/** Whether no page of another site can have made a browser send this. Yoga answers any other request. */
function isCsrfSafe({ method, headers }: IncomingMessage): boolean {
  // The body of a plain POST has a type that takes a preflight.
  return method === 'POST' || CSRF_HEADERS.some((name) => headers[name] !== undefined);
}

/** Whether there is nothing about a request that takes the Fetch API. */
function isShimCandidate({ method, url, headers }: IncomingMessage): boolean {
  if (method === 'GET') return headers['transfer-encoding'] === undefined;
  return (
    method === 'POST' &&
    url === '/graphql' &&
    JSON_BODY.test(headers['content-type'] ?? '') &&
    // A body of unknown length has to be counted while it is read.
    headers['transfer-encoding'] === undefined
  );
}

async function respondByAdapter(
  ways: RequestHandlers,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  try {
    const response = await ways.adapter(req, res);
    const headers = Object.fromEntries(response.headers.entries());
    const { status, body } = response;
    await sendYogaResponse(ways.responder, res, { status, headers, body, text: () => response.text() });
  } catch (error) {
    fail(ways, res, error);
  }
}

/** @param type - of an answer in one piece; `null`: the client only accepts answers in parts */
async function answer(
  ways: RequestHandlers,
  type: string | null,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const { guards, fastPath: direct, shim: lean, responder } = ways;
  const context: HttpContext = { req, res, startedAt: performance.now() };
  let signal: FastAbortSignal | undefined;
  const gone = () => {
    signal ??= abortOnDisconnect(res);
    return signal;
  };
  let body = () => readBody(req);
  try {
    if (direct !== null && type !== null && isCsrfSafe(req)) {
      const admitted = isAdmitted(guards, context);
      if (admitted === true || (await admitted)) {
        const text = req.method === 'GET' ? null : await body();
        if (text !== null) body = async () => text;
        const answer = direct.handle(text, context, gone);
        const given = answer instanceof Promise ? await answer : answer;
        if (given !== null) {
          responder.send(res, {
            ...given,
            status: 200,
            headers: { 'content-type': `${type}; charset=utf-8` },
          });
          return;
        }
      }
    }
    const response: unknown = await lean(new ShimRequest(req, gone, body) as unknown as Request, context);
    if (!(response instanceof ShimResponse)) throw new TypeError('not an answer of the lean way');
    const { status, headers, body: given } = response;
    const text = () => response.text();
    await sendYogaResponse(responder, res, { status, headers: headers.record, body: given, text });
  } catch (error) {
    fail(ways, res, error);
  }
}

/** Yoga answers every error itself; what comes here could not even be answered. */
function fail({ responder, onError }: RequestHandlers, res: ServerResponse, error: unknown): void {
  if (res.destroyed) return;
  onError(error);
  if (res.headersSent) res.destroy();
  else responder.sendError(res, { status: 500, message: 'Unexpected error.' });
}

/**
 * Who is not let in learns it from Yoga, which comes past the same guards.
 *
 * @returns a promise only where a guard has something to wait for: a body that is listened to at once is there when
 *   its last byte has been parsed, and otherwise goes through a buffer first
 */
function isAdmitted(guards: readonly Guard[], context: HttpContext): boolean | Promise<boolean> {
  const admission = runGuards(guards, context);
  return (
    admission === undefined ||
    admission.then(
      () => true,
      () => false,
    )
  );
}

/** Aborts when the client goes away before it is answered. */
function abortOnDisconnect(res: ServerResponse): FastAbortSignal {
  const gone = new FastAbortSignal();
  const look = () => {
    if (!res.writableFinished) gone.abort(new DOMException('The client has gone away.', 'AbortError'));
  };
  if (res.closed) look();
  else res.on('close', look);
  return gone;
}
