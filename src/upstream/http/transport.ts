import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import errors from 'undici/lib/core/errors.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import { type AbortSignalLike, onAbort } from '../../util/abort.js';
import type { Clock } from '../../util/clock.js';
import { UpstreamError } from '../errors.js';
import { retryAfterSeconds } from './retry-after.js';

const MAX_BODY_BYTES = 16 * 1024 * 1024;
const KEEP_ALIVE_MS = 30_000;

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An HTTP answer of any status, as far as anything here needs it. */
export interface HttpResponse {
  readonly status: number;
  readonly body: Buffer;
  /** The upstream's id of this answer, where it gave one that is safe to repeat. */
  readonly requestId: string | null;
  /** Seconds, from `Retry-After`. */
  readonly retryAfter: number | undefined;
  /** When the request was sent, on the runtime's clock. */
  readonly sentAt: number;
}

export interface TransportSettings {
  /** Connections to one origin, at most. */
  readonly connections: number;
  /** Limit of one attempt: connection, headers and body together. */
  readonly attemptTimeoutMs: number;
}

/**
 * Sends one request once, over connections that are kept.
 *
 * Of undici's interceptors none is in the chain. `redirect`: a redirect would carry the credentials
 * elsewhere. `retry`: its backoff has no jitter, it repeats before a `Retry-After` that is longer than its
 * own maximum, and its timer does not end with the signal. `deduplicate`: the requests it merges cannot be
 * counted, nor each be given up alone. `cache`: knows nothing of an answer's age by our own rules.
 * `decompress`: experimental by its own warning.
 */
export class Transport {
  readonly #agent: Agent;
  readonly #timeoutMs: number;
  readonly #runtime: Clock;

  constructor({ connections, attemptTimeoutMs }: TransportSettings, runtime: Clock) {
    this.#timeoutMs = attemptTimeoutMs;
    this.#runtime = runtime;
    this.#agent = new Agent({
      connections,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxResponseSize: MAX_BODY_BYTES,
      connect: { timeout: attemptTimeoutMs },
      // One timer of ours covers both, and the body's would begin anew with every chunk.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /**
   * @returns the answer, whatever its status
   * @throws {UpstreamError} UPSTREAM_TIMEOUT, UPSTREAM_UNAVAILABLE (the connection broke) or
   *   UPSTREAM_BAD_RESPONSE (no HTTP, or too much of it); `signal.reason` when the signal is aborted
   */
  send(request: HttpRequest, signal: AbortSignalLike): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const exchange = new DispatchHandler(this.#runtime, resolve, reject);
      exchange.giveUpAfter(this.#timeoutMs);
      exchange.giveUpOn(signal);
      this.#agent.dispatch(request, exchange);
    });
  }

  /** Ends every connection, idle or not. */
  close(): Promise<void> {
    return this.#agent.destroy();
  }
}

/**
 * One request and its answer, on undici's own terms: `dispatch` hands over the body as it arrives, where
 * `request` would put a stream around it that costs more than all else that is done to an answer.
 */
class DispatchHandler implements Dispatcher.DispatchHandler {
  readonly #runtime: Clock;
  readonly #sentAt: number;
  /** `null` once it has ended, as is all that it has gathered: undici keeps its handlers longer than it needs them. */
  #waiting: { resolve(answer: HttpResponse): void; reject(reason: unknown): void } | null;
  #body: Buffer[] = [];
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #controller: Dispatcher.DispatchController | null = null;
  #givenUp: Error | null = null;
  #cancelTimer: (() => void) | null = null;
  #stopListening: (() => void) | null = null;

  constructor(runtime: Clock, resolve: (answer: HttpResponse) => void, reject: (reason: unknown) => void) {
    this.#runtime = runtime;
    this.#waiting = { resolve, reject };
    this.#sentAt = runtime.now();
  }

  giveUpAfter(timeoutMs: number): void {
    this.#cancelTimer = this.#runtime.after(timeoutMs, () => {
      this.#giveUp(new UpstreamError('UPSTREAM_TIMEOUT', 'The upstream took too long to answer.'));
    });
  }

  giveUpOn(signal: AbortSignalLike): void {
    this.#stopListening = onAbort(signal, () => this.#giveUp(signal.reason as Error));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#givenUp !== null) controller.abort(this.#givenUp);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    // An answer of 1xx may come before the one that counts.
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body.push(chunk);
  }

  onResponseEnd(): void {
    const { date, 'retry-after': retryAfter, 'twilio-request-id': requestId } = this.#headers;
    const [first] = this.#body;
    const body = this.#body.length === 1 && first !== undefined ? first : Buffer.concat(this.#body);
    this.#end()?.resolve({
      status: this.#status,
      body,
      requestId: safeRequestId(single(requestId)),
      retryAfter: retryAfterSeconds(retryAfter, date, this.#runtime.wallNow()),
      sentAt: this.#sentAt,
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end()?.reject(connectionError(error, this.#status >= 200));
  }

  /** Ends the request, wherever it is. */
  #giveUp(reason: Error): void {
    this.#givenUp = reason;
    this.#end()?.reject(reason);
    this.#controller?.abort(reason);
  }

  /** @returns who waits, the first time */
  #end() {
    const waiting = this.#waiting;
    this.#cancelTimer?.();
    this.#stopListening?.();
    this.#waiting = null;
    this.#cancelTimer = null;
    this.#stopListening = null;
    this.#body = [];
    this.#headers = {};
    return waiting;
  }
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** The id goes into logs and to clients, so it must be nothing but an id. */
function safeRequestId(header: string | undefined): string | null {
  return header !== undefined && /^[\w-]{1,64}$/.test(header) ? header : null;
}

/** @param begun - whether the head of an answer had arrived */
function connectionError(error: unknown, begun: boolean): UpstreamError {
  if (error instanceof errors.ResponseExceededMaxSizeError) {
    return new UpstreamError('UPSTREAM_BAD_RESPONSE', 'The upstream answered with too large a body.');
  }
  // In a body the parser complains of an end that comes too early: that is a broken connection as well.
  const noHead = error instanceof errors.HTTPParserError || error instanceof errors.HeadersOverflowError;
  if (noHead && !begun) {
    return new UpstreamError(
      'UPSTREAM_BAD_RESPONSE',
      'The upstream answered with something that is not HTTP.',
    );
  }
  return new UpstreamError(
    'UPSTREAM_UNAVAILABLE',
    'The connection to the upstream broke or could not be made.',
  );
}
