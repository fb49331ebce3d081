import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Viewer } from '../resources/viewer.js';
import type { Cost } from '../upstream/upstream.js';
import type { Span } from '../util/span.js';
import { requestIdFor } from './base-headers.js';
import type { EventsType } from './response-types.js';

/**
 * What has become of a request for a persisted document: `found`: by its ID; `registered`: the client has sent it with its
 * hash; `unknown`: there is no document with the ID; `rejected`: the document may not be sent, or is not that of the hash.
 */
export type PersistedResult = 'found' | 'registered' | 'unknown' | 'rejected';

/**
 * One HTTP request on its way through the gateway. It passes three stages; the properties of a later stage are `undefined`
 * until the request reaches it.
 */
export interface HttpContext {
  // Received: by the HTTP server.
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Identifies the request in the log and in the response. */
  readonly requestId: string;
  /** When the request arrived, on the clock of `performance.now()`, in milliseconds. */
  startedAt?: number | undefined;
  /** Span of the request; `undefined`: tracing is off. */
  readonly span?: Span | undefined;
  /** How the client receives the events of a subscription; `null`: it cannot. */
  readonly eventsType?: EventsType | null | undefined;

  // Admitted: by the guards.
  /** Outcome of the guards: `given`, or a promise of it, which is rejected if a guard rejects the request. */
  admission?: 'given' | Promise<void> | undefined;
  /** Set by authentication. */
  viewer?: Viewer | undefined;

  // Executed: by Yoga or by the fast path.
  /** `undefined`: the document was sent without an ID, and may be. */
  persisted?: PersistedResult | undefined;
  /** Upstream cost of the operation. */
  cost?: Cost | undefined;
  /** Name of the operation, as it may be logged. */
  operationName?: string | undefined;
  /** `query`, for example. Only for the span. */
  operationType?: string | undefined;
  /** Document, as it was sent. Only set if it may be in the span. */
  document?: string | undefined;
}

/** A request that has passed the guards, authentication among them. */
export type AdmittedRequest = HttpContext & { readonly viewer: Viewer };

/** The context of a request that has just been received. All properties exist from the start: V8 adds later ones slowly. */
export function createHttpContext(
  req: IncomingMessage,
  res: ServerResponse,
  span?: Span,
  eventsType: EventsType | null = null,
): HttpContext {
  return {
    req,
    res,
    requestId: requestIdFor(res),
    startedAt: performance.now(),
    span,
    eventsType,
    admission: undefined,
    viewer: undefined,
    persisted: undefined,
    cost: undefined,
    operationName: undefined,
    operationType: undefined,
    document: undefined,
  };
}

export function isAdmitted(http: HttpContext): http is AdmittedRequest {
  return http.viewer !== undefined;
}
