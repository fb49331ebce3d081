import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { HttpContext } from '../http-context.js';
import { LeanRequest, LeanResponse } from './lean-messages.js';

/** The inside of a Yoga server: from a request to its answer. */
export type Handle = (request: Request, context: HttpContext) => Response | Promise<Response>;

/**
 * The short way between Node and Yoga, for the requests that nearly all are: a POST of JSON that is answered with
 * JSON. Yoga's own adapter translates between Node's messages and those of the Fetch API, which costs more than all
 * that happens between them; here Yoga gets objects that look like the latter as far as anybody looks. What
 * happens in between is the same: the same plugins, in the same order.
 *
 * @param handle - Yoga without its adapter, with lean messages for its `fetchAPI`
 * @param otherwise - Yoga with its adapter, for all other requests
 */
export function leanListener(handle: Handle, otherwise: RequestListener): RequestListener {
  return (req, res) => {
    if (isPlain(req)) void answer(handle, req, res);
    else otherwise(req, res);
  };
}

/** Whether there is nothing about a request that takes the Fetch API, or a route of another path. */
function isPlain({ method, url, headers }: IncomingMessage): boolean {
  return (
    method === 'POST' &&
    url === '/graphql' &&
    headers['content-type']?.startsWith('application/json') === true &&
    // Pages of other origins are told by CORS, which the adapter does.
    headers.origin === undefined &&
    // A body of unknown length has to be counted while it is read.
    headers['transfer-encoding'] === undefined &&
    // Answers in parts are streams.
    !/multipart|event-stream/i.test(headers.accept ?? '')
  );
}

async function answer(handle: Handle, req: IncomingMessage, res: ServerResponse): Promise<void> {
  try {
    const response: unknown = await handle(new LeanRequest(req, res) as unknown as Request, { req, res });
    if (!(response instanceof LeanResponse)) throw new TypeError('not an answer of the short way');
    send(response, res);
  } catch {
    // Yoga answers every error itself; what comes here could not even be answered.
    if (res.headersSent) res.destroy();
    else res.writeHead(500).end();
  }
}

function send({ status, headers, body }: LeanResponse, res: ServerResponse): void {
  const text = body === null ? '' : String(body);
  headers.record['content-length'] = String(Buffer.byteLength(text));
  res.writeHead(status, headers.record).end(text);
}
