import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type AbortSignalLike, FastAbortSignal } from '../util/abort.js';
import type { Span, StartSpan } from '../util/span.js';
import { readBody } from './body.js';
import { type AdmittedRequest, createHttpContext, type HttpContext, isAdmitted } from './context.js';
import { type Guard, runGuards } from './guard.js';
import { endWithResponse, startRequestSpan } from './request-span.js';
import type { CompressedForms, Responder } from './responder.js';
import { acceptsHtml, type JsonType, responseTypesFor } from './response-types.js';
import { closing } from './router.js';
import { ShimRequest, ShimResponse } from './yoga-shim/messages.js';
import { sendYogaResponse } from './yoga-shim/response.js';

/** A complete response with status 200. */
export interface FastResponse {
  /** JSON, or its bytes. */
  readonly body: string | Buffer;
  readonly bytes: number;
  /** Of a cached response: where its compressed forms are cached. */
  readonly forms?: CompressedForms;
}

/** Responds to some GraphQL requests without Yoga. Never required for correctness. */
export interface FastPath {
  /**
   * Responds to a request that has passed the guards.
   *
   * @param body - JSON body of a POST request; `null` for a GET request
   * @param signalOf - returns a signal that is aborted when the client disconnects
   * @returns `null` if Yoga has to handle the request
   */
  handle(
    body: string | null,
    http: AdmittedRequest,
    signalOf: () => AbortSignalLike,
  ): FastResponse | null | Promise<FastResponse | null>;
}

/** What can handle a GraphQL request. */
export interface RequestHandlers {
  readonly guards: readonly Guard[];
  /** `null`: Yoga handles every request. */
  readonly fastPath: FastPath | null;
  /** Yoga without its adapter, with the minimal messages of `yoga-shim` as its `fetchAPI`. */
  readonly shim: (request: Request, context: HttpContext) => Response | Promise<Response>;
  /** Yoga with its adapter, for requests that need the whole Fetch API. */
  readonly adapter: (context: HttpContext) => Response | Promise<Response>;
  readonly responder: Responder;
  /** Whether browsers get GraphiQL. */
  readonly graphiql: boolean;
  /** Called with an error that Yoga did not turn into a response. The client gets status 500. */
  readonly onError: (error: unknown) => void;
  /** `null`: tracing is off. */
  readonly startSpan: StartSpan | null;
}

/** The headers of a response of the fast path, as a list of names and values in turn. */
const JSON_HEADERS: Readonly<Record<JsonType, readonly string[]>> = {
  'application/json': ['Content-Type', 'application/json; charset=utf-8'],
  'application/graphql-response+json': ['Content-Type', 'application/graphql-response+json; charset=utf-8'],
};

/** The media type of JSON, with or without parameters. */
const JSON_BODY = /^application\/json *(?:;|$)/;

/**
 * Creates the handler of the GraphQL endpoint. It chooses between three handlers:
 *
 * 1. the fast path, if the operation is compiled;
 * 2. Yoga with minimal messages, for a POST of JSON or a GET. Yoga's adapter between the messages of Node and those of the
 *    Fetch API takes longer than everything that happens between them;
 * 3. Yoga with its adapter, for all other requests.
 *
 * Guards and content negotiation are the same for each. The media type is negotiated here: Yoga gets an `Accept` header
 * that leaves no choice.
 */
export function createGraphqlHandler(handlers: RequestHandlers): RequestListener {
  const { startSpan } = handlers;
  if (startSpan === null) return (req, res) => void handle(handlers, req, res, undefined);
  return (req, res) => {
    const span = startRequestSpan(startSpan, req);
    const handled = handle(handlers, req, res, span);
    if (span.isRecorded) endWithResponse(span, res, handled);
  };
}

/** @returns settles when the request is handled; never rejects */
function handle(
  handlers: RequestHandlers,
  req: IncomingMessage,
  res: ServerResponse,
  span: Span | undefined,
): Promise<void> {
  const { responder, graphiql } = handlers;
  const { accept, 'content-encoding': coding } = req.headers;
  if (coding !== undefined && coding.toLowerCase() !== 'identity') {
    responder.sendError(res, {
      status: 415,
      message: 'Expected a body without a content coding.',
      headers: { 'accept-encoding': 'identity', ...closing(req) },
    });
    return HANDLED;
  }
  if (graphiql && req.method === 'GET' && acceptsHtml(accept)) {
    req.headers.accept = 'text/html';
    return respondByAdapter(handlers, createHttpContext(req, res, span));
  }
  const types = responseTypesFor(accept);
  if (types === null) {
    responder.sendError(res, {
      status: 406,
      message:
        'Expected application/json, application/graphql-response+json, multipart/mixed or text/event-stream ' +
        'among the types of the Accept header.',
      headers: closing(req),
    });
    return HANDLED;
  }
  req.headers.accept = types.accept;
  const context = createHttpContext(req, res, span, types.events);
  return needsNoFetchApi(req) ? respond(handlers, types.json, context) : respondByAdapter(handlers, context);
}

const HANDLED = Promise.resolve();

/** Headers that a page of another site cannot send without a preflight request: Yoga's own, and Apollo's. */
export const CSRF_HEADERS = ['x-graphql-yoga-csrf', 'apollo-require-preflight'] as const;

/** Whether a page of another site cannot have caused the request without a preflight. Yoga judges all others. */
function isCsrfSafe({ method, headers }: IncomingMessage): boolean {
  // The media type of the body of such a POST needs a preflight.
  return method === 'POST' || CSRF_HEADERS.some((name) => headers[name] !== undefined);
}

/** Whether the minimal messages are enough for a request. */
function needsNoFetchApi({ method, url, headers }: IncomingMessage): boolean {
  if (method === 'GET') return headers['transfer-encoding'] === undefined;
  return (
    method === 'POST' &&
    url === '/graphql' &&
    JSON_BODY.test(headers['content-type'] ?? '') &&
    // A body of unknown length has to be counted while it is read.
    headers['transfer-encoding'] === undefined
  );
}

async function respondByAdapter(handlers: RequestHandlers, context: HttpContext): Promise<void> {
  const { res } = context;
  try {
    const response = await handlers.adapter(context);
    const headers = Object.fromEntries(response.headers.entries());
    const { status, body } = response;
    const text = () => response.text();
    await sendYogaResponse(handlers.responder, res, { status, headers, body, text }, compresses(context));
  } catch (error) {
    fail(handlers, res, error);
  }
}

/** @param type - of a response in one part; `null`: the client only accepts responses in parts */
async function respond(
  handlers: RequestHandlers,
  type: JsonType | null,
  context: HttpContext,
): Promise<void> {
  const { guards, fastPath, shim, responder } = handlers;
  const { req, res } = context;
  let signal: FastAbortSignal | undefined;
  const signalOf = () => {
    signal ??= abortOnDisconnect(res);
    return signal;
  };
  let readText = () => readBody(req);
  try {
    if (fastPath !== null && type !== null && isCsrfSafe(req)) {
      const passed = passes(guards, context);
      // Awaiting only promises: a body that is listened to in this turn of the event loop need not be buffered by Node.
      if ((passed === true || (await passed)) && isAdmitted(context)) {
        const text = req.method === 'GET' ? null : await readText();
        if (text !== null) readText = async () => text;
        const handled = fastPath.handle(text, context, signalOf);
        const response = handled instanceof Promise ? await handled : handled;
        if (response !== null) {
          const { body, bytes, forms } = response;
          responder.send(res, { status: 200, headers: JSON_HEADERS[type], body, bytes, forms });
          return;
        }
      }
    }
    const request = new ShimRequest(req, signalOf, readText) as unknown as Request;
    const response: unknown = await shim(request, context);
    if (!(response instanceof ShimResponse)) throw new TypeError('Yoga returned a response of another class');
    const { status, headers, body } = response;
    const text = () => response.text();
    const answer = { status, headers: headers.record, body, text };
    await sendYogaResponse(responder, res, answer, compresses(context));
  } catch (error) {
    fail(handlers, res, error);
  }
}

/** A compressed stream takes a quarter of a megabyte for as long as it lasts, and events are small. */
function compresses({ operationType }: HttpContext): boolean {
  return operationType !== 'subscription';
}

/** Yoga turns errors into responses; this handles an error that it did not. */
function fail({ responder, onError }: RequestHandlers, res: ServerResponse, error: unknown): void {
  if (res.destroyed) return;
  onError(error);
  if (res.headersSent) res.destroy();
  else responder.sendError(res, { status: 500, message: 'Unexpected error.' });
}

/** Whether the guards admit a request. For one that they reject, Yoga meets the same rejection and responds with it. */
function passes(guards: readonly Guard[], context: HttpContext): boolean | Promise<boolean> {
  const admission = runGuards(guards, context);
  return (
    admission === undefined ||
    admission.then(
      () => true,
      () => false,
    )
  );
}

/** A signal that is aborted when the client disconnects before the response is complete. */
function abortOnDisconnect(res: ServerResponse): FastAbortSignal {
  const signal = new FastAbortSignal();
  const abortUnlessSent = () => {
    if (!res.writableFinished) signal.abort(new DOMException('The client has gone away.', 'AbortError'));
  };
  if (res.closed) abortUnlessSent();
  else res.on('close', abortUnlessSent);
  return signal;
}
