import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type AbortSignalLike, FastAbortSignal } from '../util/abort.js';
import { readBody } from './body.js';
import { createHttpContext, type HttpContext } from './context.js';
import { type Guard, runGuards } from './guard.js';
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
    http: HttpContext,
    signalOf: () => AbortSignalLike,
  ): FastResponse | null | Promise<FastResponse | null>;
}

/** The ways that a request can take. */
export interface RequestHandlers {
  readonly guards: readonly Guard[];
  /** For what is known; `null`: there is no such way. */
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

/** The headers of a response of the fast path, as a list of names and values in turn. */
const JSON_HEADERS: Readonly<Record<JsonType, readonly string[]>> = {
  'application/json': ['Content-Type', 'application/json; charset=utf-8'],
  'application/graphql-response+json': ['Content-Type', 'application/graphql-response+json; charset=utf-8'],
};

/** A type of JSON, with or without parameters. */
const JSON_BODY = /^application\/json *(?:;|$)/;

/**
 * The short ways for the requests that nearly all are: a POST of JSON, or a GET. Yoga's own adapter
 * translates between Node's messages and those of the Fetch API, which costs more than all that happens between
 * them. On the lean way Yoga gets objects that look like the latter as far as anybody looks; on the direct way it is
 * not asked at all. The guards in front are the same on each, and so are the answers: what the client accepts is
 * negotiated here, so that Yoga finds an `Accept` that leaves nothing to choose.
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
  type: JsonType | null,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const { guards, fastPath: direct, shim: lean, responder } = ways;
  const context = createHttpContext(req, res);
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
          const { body, bytes, forms } = given;
          responder.send(res, { status: 200, headers: JSON_HEADERS[type], body, bytes, forms });
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
