import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Viewer } from '../resources/viewer.js';
import type { Cost } from '../upstream/upstream.js';

/** What is known of an HTTP request, from Node and from what it has come past already. */
export interface HttpContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Whether it has come past the guards, or will, or has been refused: there once it has come to them. */
  admission?: 'given' | Promise<void>;
  /** Who asks: there once the caller has been authenticated. */
  viewer?: Viewer;
  /** When the request arrived, on the clock of `performance.now()`, in milliseconds. */
  startedAt?: number;
  /** What its operation has cost upstream: there once that has begun. */
  cost?: Cost;
  /** What the client calls its operation: there once that has been parsed. */
  operationName?: string | undefined;
}
