import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Viewer } from '../schema/scopes.js';

/** What the plugins know of an HTTP request, from Node and from the plugins in front of them. */
export interface HttpContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Who asks: there once the caller has been authenticated. */
  viewer?: Viewer;
  /** When the request arrived, on the clock of `performance.now()`, in milliseconds. */
  startedAt?: number;
  /** What the client calls its operation: there once that has been parsed. */
  operationName?: string;
}
