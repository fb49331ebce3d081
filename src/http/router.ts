import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastPath } from '../fast-path/index.js';
import { type Guard, runGuards } from '../guards/index.js';
import { FastAbortSignal } from '../util/abort.js';
import { readBody } from './body.js';
import type { HttpContext } from './context.js';
import type { CorsPolicy } from './cors.js';
import type { HeaderRecord } from './yoga-shim/headers.js';
import { ShimRequest, ShimResponse } from './yoga-shim/messages.js';

/** The handlers that a request can be passed to. */
export interface RequestHandlers {
  readonly guards: readonly Guard[];
  readonly cors: CorsPolicy;
  /** `null`: Yoga executes every operation. */
  readonly fastPath: FastPath | null;
  /** Yoga without its Node adapter, with the messages of `yoga-shim` as its `fetchAPI`. */
  readonly shim: (request: Request, context: HttpContext) => Response | Promise<Response>;
  /** Yoga with its Node adapter. */
  readonly adapter: RequestListener;
}

/** Values of `Accept` whose content type is remembered: clients can send any number. */
const MAX_ACCEPTS = 100;

const PATH = '/graphql';

/** Headers that a page of another site cannot send without a preflight: Yoga's own and Apollo's. */
export const CSRF_HEADERS = ['x-graphql-yoga-csrf', 'apollo-require-preflight'] as const;

/**
 * The HTTP entry point. A GraphQL request with a JSON response is tried on the fast path, then passed to Yoga by way of
 * a minimal Request and Response; everything else uses Yoga's own Node adapter. All three run the same guards.
 *
 * The minimal messages exist because converting between Node's and the Fetch API's costs more than the rest of the
 * request. They implement what Yoga and the installed plugins call.
 */
export function createRequestListener(handlers: RequestHandlers): RequestListener {
  // Content types by `Accept`, as Yoga has negotiated them: the fast path needs to know one.
  const contentTypes = new Map<string, string>();
  return (req, res) => {
    if (handlers.cors.handle(req, res)) return;
    const kind = kindOf(req);
    if (kind === 'other') handlers.adapter(req, res);
    else void respond(handlers, contentTypes, kind, req, res);
  };
}

/** Whether a request needs neither the Fetch API nor another route. */
function kindOf({ method, url = '', headers }: IncomingMessage): 'post' | 'get' | 'other' {
  // Incremental delivery streams its response.
  if (/multipart|event-stream/i.test(headers.accept ?? '')) return 'other';
  if (method === 'POST') {
    const isJson = url === PATH && headers['content-type']?.startsWith('application/json') === true;
    // A body of unknown length is counted while it is read.
    return isJson && headers['transfer-encoding'] === undefined ? 'post' : 'other';
  }
  const isOperation =
    method === 'GET' && url.startsWith(`${PATH}?`) && !headers.accept?.includes('text/html');
  return isOperation && CSRF_HEADERS.some((name) => headers[name] !== undefined) ? 'get' : 'other';
}

async function respond(
  { guards, fastPath, shim }: RequestHandlers,
  contentTypes: Map<string, string>,
  kind: 'post' | 'get',
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const context: HttpContext = { req, res, startedAt: performance.now() };
  let signal: FastAbortSignal | undefined;
  const signalOf = () => {
    signal ??= abortOnDisconnect(res);
    return signal;
  };
  const accept = req.headers.accept ?? '';
  const contentType = contentTypes.get(accept);
  let body = () => readBody(req);
  try {
    if (fastPath !== null && contentType !== undefined) {
      const admitted = isAdmitted(guards, context);
      if (admitted === true || (await admitted)) {
        const text = kind === 'post' ? await body() : null;
        if (text !== null) body = async () => text;
        const result = fastPath.handle(context, text, signalOf);
        const response = result instanceof Promise ? await result : result;
        if (response !== null) {
          send(res, 200, { 'content-type': contentType }, response.body, response.bytes);
          return;
        }
      }
    }
    const response: unknown = await shim(new ShimRequest(req, signalOf, body) as unknown as Request, context);
    if (!(response instanceof ShimResponse))
      throw new TypeError('Yoga returned a response of another fetchAPI');
    const { status, headers, body: text } = response;
    const type = headers.get('Content-Type');
    if (status === 200 && type !== null && contentTypes.size < MAX_ACCEPTS) contentTypes.set(accept, type);
    const json = text === null ? '' : String(text);
    send(res, status, headers.record, json, Buffer.byteLength(json));
  } catch {
    // Yoga turns every error into a response; this one could not be.
    if (res.headersSent) res.destroy();
    else res.writeHead(500).end();
  }
}

/**
 * Whether the guards admit a request. Yoga runs them too, and reports the rejection.
 *
 * @returns a promise only if a guard is asynchronous: the body has to be listened to in the tick of the request, or it
 *   goes through a buffer first
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

/** A signal that is aborted when the client disconnects before the response has been sent. */
function abortOnDisconnect(res: ServerResponse): FastAbortSignal {
  const signal = new FastAbortSignal();
  const onClose = () => {
    if (!res.writableFinished) signal.abort(new DOMException('The client has disconnected.', 'AbortError'));
  };
  if (res.closed) onClose();
  else res.on('close', onClose);
  return signal;
}

function send(
  res: ServerResponse,
  status: number,
  headers: HeaderRecord,
  body: string | Buffer,
  bytes: number,
): void {
  headers['content-length'] = String(bytes);
  res.writeHead(status, headers);
  // With as many bytes as characters the text is ASCII, which Node need not encode.
  if (typeof body === 'string') res.end(body, bytes === body.length ? 'latin1' : 'utf8');
  else res.end(body);
}
