import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Viewer } from '../resources/viewer.js';
import type { Cost } from '../upstream/upstream.js';

/** What is known of an HTTP request, from Node and from what it has come past already. */
export interface HttpContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Whether it has come past the guards, or will, or has been refused: there once it has come to them. */
  admission?: 'given' | Promise<void> | undefined;
  /** Who asks: there once the caller has been authenticated. */
  viewer?: Viewer | undefined;
  /** When the request arrived, on the clock of `performance.now()`, in milliseconds. */
  startedAt?: number | undefined;
  /** What its operation has cost upstream: there once that has begun. */
  cost?: Cost | undefined;
  /** What the client calls its operation: there once that has been parsed. */
  operationName?: string | undefined;
}

/** The context of a request that has just arrived. Its members are there from the start: V8 adds later ones slowly. */
export function createHttpContext(req: IncomingMessage, res: ServerResponse): HttpContext {
  return {
    req,
    res,
    admission: undefined,
    viewer: undefined,
    startedAt: performance.now(),
    cost: undefined,
    operationName: undefined,
  };
}
