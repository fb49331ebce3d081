import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Abort } from '../../upstream/abort.js';
import type { DirectWay } from '../direct/direct-way.js';
import { admit, type Guard } from '../guards/guard.js';
import type { HttpContext } from '../http-context.js';
import { readBody } from './body.js';
import type { HeaderRecord } from './lean-headers.js';
import { LeanRequest, LeanResponse } from './lean-messages.js';

/** The ways that a request can take. */
export interface Ways {
  readonly guards: readonly Guard[];
  /** For what is known; `null`: there is no such way. */
  readonly direct: DirectWay | null;
  /** Yoga without its adapter, with lean messages for its `fetchAPI`. */
  readonly lean: (request: Request, context: HttpContext) => Response | Promise<Response>;
  /** Whether pages of other origins may call: then the adapter has to tell them so. */
  readonly cors: boolean;
  /** Yoga with its adapter, for all requests that are not plain. */
  readonly fetch: RequestListener;
}

/** Kinds of `Accept` that are remembered: clients can send any number. */
const MAX_ACCEPTS = 100;

/**
 * The short ways for the requests that nearly all are: a POST of JSON that is answered with JSON. Yoga's own adapter
 * translates between Node's messages and those of the Fetch API, which costs more than all that happens between
 * them. On the lean way Yoga gets objects that look like the latter as far as anybody looks; on the direct way it is
 * not asked at all. The guards in front are the same on each, and so are the answers.
 */
export function plainListener(ways: Ways): RequestListener {
  // What Yoga has answered with. Only where that is known an answer can be given without it.
  const contentTypes = new Map<string, string>();
  return (req, res) => {
    if (isPlain(req, ways.cors)) void answer(ways, contentTypes, req, res);
    else ways.fetch(req, res);
  };
}

/** Whether there is nothing about a request that takes the Fetch API, or a route of another path. */
function isPlain({ method, url, headers }: IncomingMessage, cors: boolean): boolean {
  return (
    method === 'POST' &&
    url === '/graphql' &&
    headers['content-type']?.startsWith('application/json') === true &&
    (headers.origin === undefined || !cors) &&
    // A body of unknown length has to be counted while it is read.
    headers['transfer-encoding'] === undefined &&
    // Answers in parts are streams.
    !/multipart|event-stream/i.test(headers.accept ?? '')
  );
}

async function answer(
  { guards, direct, lean }: Ways,
  contentTypes: Map<string, string>,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const context: HttpContext = { req, res, startedAt: performance.now() };
  let signal: Abort | undefined;
  const gone = () => {
    signal ??= whenGone(res);
    return signal;
  };
  const accept = req.headers.accept ?? '';
  const contentType = contentTypes.get(accept);
  let body = () => readBody(req);
  try {
    if (direct !== null && contentType !== undefined) {
      const admitted = isAdmitted(guards, context);
      if (admitted === true || (await admitted)) {
        const text = await body();
        body = async () => text;
        const answer = direct.answer(text, context, gone);
        const given = answer instanceof Promise ? await answer : answer;
        if (given !== null) {
          send(res, 200, { 'content-type': contentType }, given.body, given.bytes);
          return;
        }
      }
    }
    const response: unknown = await lean(new LeanRequest(req, gone, body) as unknown as Request, context);
    if (!(response instanceof LeanResponse)) throw new TypeError('not an answer of the lean way');
    const { status, headers, body: text } = response;
    const type = headers.get('Content-Type');
    if (status === 200 && type !== null && contentTypes.size < MAX_ACCEPTS) contentTypes.set(accept, type);
    const json = text === null ? '' : String(text);
    send(res, status, headers.record, json, Buffer.byteLength(json));
  } catch {
    // Yoga answers every error itself; what comes here could not even be answered.
    if (res.headersSent) res.destroy();
    else res.writeHead(500).end();
  }
}

/**
 * Who is not let in learns it from Yoga, which comes past the same guards.
 *
 * @returns a promise only where a guard has something to wait for: a body that is listened to at once is there when
 *   its last byte has been parsed, and otherwise goes through a buffer first
 */
function isAdmitted(guards: readonly Guard[], context: HttpContext): boolean | Promise<boolean> {
  const admission = admit(guards, context);
  return (
    admission === undefined ||
    admission.then(
      () => true,
      () => false,
    )
  );
}

/** Aborts when the client goes away before it is answered. */
function whenGone(res: ServerResponse): Abort {
  const gone = new Abort();
  const look = () => {
    if (!res.writableFinished) gone.abort(new DOMException('The client has gone away.', 'AbortError'));
  };
  if (res.closed) look();
  else res.on('close', look);
  return gone;
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
  // As many bytes as characters: all of it is ASCII, which Node need not encode.
  if (typeof body === 'string') res.end(body, bytes === body.length ? 'latin1' : 'utf8');
  else res.end(body);
}
