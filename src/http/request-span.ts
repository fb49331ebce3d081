import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Span, StartSpan } from '../util/span.js';
import { GRAPHQL_PATH } from './router.js';

/** Starts the span of a request to the GraphQL endpoint. */
export function startRequestSpan(startSpan: StartSpan, { method = '', headers }: IncomingMessage): Span {
  const attributes = {
    'http.request.method': method,
    'http.route': GRAPHQL_PATH,
    // Without the query: it can have an operation and its variables.
    'url.path': GRAPHQL_PATH,
    'url.scheme': 'http',
  };
  return startSpan(`${method} ${GRAPHQL_PATH}`, attributes, headers);
}

/**
 * Ends the span of a request when its response has been sent, or the client has disconnected, and it is handled.
 *
 * @param handled - settles when the request is handled; never rejects
 */
export function endWithResponse(span: Span, res: ServerResponse, handled: Promise<void>): void {
  // A compressed response in parts has ten listeners already, and Node warns of an eleventh.
  res.setMaxListeners(res.getMaxListeners() + 1);
  res.once('close', () => {
    handled.then(() => {
      // What is aborted by the disconnection is recorded in this turn of the event loop.
      if (res.writableFinished) end();
      else setImmediate(end);
    });
  });
  const end = () => {
    if (res.headersSent) {
      span.set({ 'http.response.status_code': res.statusCode });
      if (res.statusCode >= 500) span.fail(String(res.statusCode));
    }
    if (!res.writableFinished) span.fail('CANCELLED');
    span.end();
  };
}
