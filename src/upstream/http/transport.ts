import type { IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, errors } from 'undici';
import { type AbortSignalLike, onAbort } from '../../util/abort.js';
import type { Clock } from '../../util/clock.js';
import { errorCodeOf } from '../../util/error-code.js';
import { UpstreamError } from '../errors.js';
import { CodingError, decodeBody } from './content-coding.js';
import { createDispatcher, MAX_BODY_BYTES, type ProxySettings, proxyRejection } from './dispatcher.js';
import { type HeaderValue, valuesOf } from './header.js';
import { retryAfterSeconds } from './retry-after.js';

/**
 * How long a set of connections is used, in milliseconds. New connections resolve the host again. Without this limit, one in
 * constant use would stay with an address that the DNS has replaced.
 */
export const MAX_CONNECTION_AGE_MS = 5 * 60_000;

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An HTTP response of any status, with the headers that the gateway uses. */
export interface HttpResponse {
  readonly status: number;
  /** Decoded body without a byte order mark. The body of an error that cannot be decoded stays encoded. */
  readonly body: Buffer;
  /** The upstream's ID of this request; `null` if there is none, or it is not safe to log. */
  readonly requestId: string | null;
  /** Seconds, from `Retry-After`. */
  readonly retryAfter: number | undefined;
  /** When the request was sent, in the time of `Clock.now`. */
  readonly sentAt: number;
}

export interface TransportSettings {
  /** Maximum number of connections to one origin. */
  readonly connections: number;
  /** Time limit of one attempt: connection, headers and body together. */
  readonly attemptTimeoutMs: number;
  /** `null`: all hosts are requested directly. */
  readonly proxy: ProxySettings | null;
}

/**
 * Sends a request once, over keep-alive connections.
 *
 * It uses no interceptor of undici:
 * - `redirect` would send the credentials to another host.
 * - `retry` has a backoff without jitter, retries before a `Retry-After` that exceeds its maximum, and keeps its timer
 *   after the signal is aborted.
 * - `deduplicate` merges requests that can then neither be counted nor be aborted one by one.
 * - `cache` does not support the age limits of the gateway's own cache.
 * - `decompress` is experimental, does not limit the decoded size and creates a stream for each response.
 *
 * Nor does it use `clientTtl`: when all connections of the pool are older and idle, undici 7.30 queues a request and does not
 * send it.
 */
export class Transport {
  readonly #settings: TransportSettings;
  readonly #clock: Clock;
  #connections: Dispatcher;
  #connectedAt: number;
  /** Former connections on which requests are in flight. */
  readonly #retired = new Set<Dispatcher>();

  constructor(settings: TransportSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#connections = this.#connect();
    this.#connectedAt = clock.now();
  }

  /**
   * Sends a request.
   *
   * @returns the response, whatever its status
   * @throws {UpstreamError} UPSTREAM_TIMEOUT, UPSTREAM_UNAVAILABLE (connection failed) or UPSTREAM_BAD_RESPONSE
   *   (invalid HTTP, or a body that is too large); `signal.reason` when the signal is aborted
   */
  send(request: HttpRequest, signal: AbortSignalLike): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const handler = new DispatchHandler(this.#clock, resolve, reject);
      handler.start(() => {
        handler.abortAfter(this.#settings.attemptTimeoutMs);
        handler.abortOn(signal);
        this.#current().dispatch(request, handler);
      });
    });
  }

  /** Closes all connections, idle or not. */
  async close(): Promise<void> {
    await Promise.all([this.#connections, ...this.#retired].map((connections) => connections.destroy()));
  }

  #connect(): Dispatcher {
    const { connections, attemptTimeoutMs, proxy } = this.#settings;
    return createDispatcher({ connections, connectTimeoutMs: attemptTimeoutMs, proxy });
  }

  #current(): Dispatcher {
    const now = this.#clock.now();
    if (now - this.#connectedAt > MAX_CONNECTION_AGE_MS) {
      const former = this.#connections;
      this.#connections = this.#connect();
      // What is in flight is finished. So the former connections are at most as many as requests in flight.
      this.#retired.add(former);
      former
        .close()
        .catch(() => undefined)
        .finally(() => this.#retired.delete(former));
      this.#connectedAt = now;
    }
    return this.#connections;
  }
}

interface Deferred {
  resolve(response: HttpResponse | Promise<HttpResponse>): void;
  reject(reason: unknown): void;
}

/**
 * Handler of one `dispatch` of undici. `dispatch` passes the chunks of the body directly. `request` would wrap them in
 * a stream, which takes longer than all other processing of a response.
 *
 * Each outcome goes through `#settle`, which settles the promise even if processing the response throws: undici
 * discards errors that a handler throws after the response is complete.
 */
class DispatchHandler implements Dispatcher.DispatchHandler {
  readonly #clock: Clock;
  readonly #sentAt: number;
  /**
   * `null` after the promise is settled. The received data is released then too, because undici retains its handlers.
   */
  #deferred: Deferred | null;
  #body: Buffer[] = [];
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #controller: Dispatcher.DispatchController | null = null;
  #abortReason: Error | null = null;
  #cancelTimer: (() => void) | null = null;
  #stopListening: (() => void) | null = null;

  constructor(clock: Clock, resolve: (response: HttpResponse) => void, reject: (reason: unknown) => void) {
    this.#clock = clock;
    this.#deferred = { resolve, reject };
    this.#sentAt = clock.now();
  }

  /** Runs `dispatch` and rejects the promise with any error that it throws. */
  start(dispatch: () => void): void {
    try {
      dispatch();
    } catch (error) {
      this.#settle((deferred) => deferred.reject(error));
    }
  }

  abortAfter(timeoutMs: number): void {
    this.#cancelTimer = this.#clock.after(timeoutMs, () => {
      this.#abort(new UpstreamError('UPSTREAM_TIMEOUT', 'The upstream request timed out.'));
    });
  }

  abortOn(signal: AbortSignalLike): void {
    this.#stopListening = onAbort(signal, () => this.#abort(signal.reason as Error));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#abortReason !== null) controller.abort(this.#abortReason);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    // Informational responses (1xx) may come before the final one.
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body.push(chunk);
  }

  onResponseEnd(): void {
    this.#settle((deferred) => deferred.resolve(this.#response()));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#settle((deferred) => deferred.reject(connectionError(error, this.#status >= 200)));
  }

  #response(): HttpResponse | Promise<HttpResponse> {
    const {
      date,
      'content-encoding': coding,
      'retry-after': retryAfter,
      'twilio-request-id': requestId,
    } = this.#headers;
    const [first] = this.#body;
    const body = this.#body.length === 1 && first !== undefined ? first : Buffer.concat(this.#body);
    const response = {
      status: this.#status,
      body: coding === undefined ? withoutByteOrderMark(body) : body,
      requestId: safeRequestId(requestId),
      retryAfter: retryAfterSeconds(retryAfter, date, this.#clock.wallNow),
      sentAt: this.#sentAt,
    };
    return coding === undefined ? response : decodedResponse(response, coding);
  }

  #abort(reason: Error): void {
    this.#abortReason = reason;
    this.#settle((deferred) => deferred.reject(reason));
    this.#controller?.abort(reason);
  }

  /**
   * Settles the promise, unless it is settled already, and removes the timer and the abort listener.
   *
   * @param settle - the promise is rejected with any error that it throws
   */
  #settle(settle: (deferred: Deferred) => void): void {
    const deferred = this.#deferred;
    if (deferred === null) return;
    this.#deferred = null;
    try {
      settle(deferred);
    } catch (error) {
      deferred.reject(error);
    } finally {
      this.#body = [];
      this.#headers = {};
      this.#cancelTimer?.();
      this.#stopListening?.();
      this.#cancelTimer = null;
      this.#stopListening = null;
    }
  }
}

function decodedResponse(response: HttpResponse, coding: HeaderValue): HttpResponse | Promise<HttpResponse> {
  const onError = (error: unknown) => undecodableResponse(response, error);
  try {
    const body = decodeBody(response.body, coding, MAX_BODY_BYTES);
    return body instanceof Promise
      ? body.then((bytes) => withBody(response, bytes)).catch(onError)
      : withBody(response, body);
  } catch (error) {
    return onError(error);
  }
}

function withBody(response: HttpResponse, body: Buffer): HttpResponse {
  return { ...response, body: withoutByteOrderMark(body) };
}

/** Returns an error response as it is, because its status is enough; any other response is useless without its body. */
function undecodableResponse(response: HttpResponse, error: unknown): HttpResponse {
  if (!(error instanceof CodingError)) throw error;
  const { status, requestId } = response;
  if (status >= 400) return response;
  throw new UpstreamError(
    'UPSTREAM_BAD_RESPONSE',
    `The upstream response cannot be decoded: ${error.message}.`,
    requestId === null ? { status } : { status, requestId },
  );
}

/** Removes a byte order mark. A JSON parser may ignore it (RFC 8259, 8.1), but `JSON.parse` does not. */
function withoutByteOrderMark(body: Buffer): Buffer {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body;
}

/** Returns the first request ID if it is safe to put into logs and responses. */
function safeRequestId(header: HeaderValue): string | null {
  const [id] = valuesOf(header);
  return id !== undefined && /^[\w-]{1,64}$/.test(id) ? id : null;
}

/** @param hasHead - whether status and headers of the response had been received */
function connectionError(error: unknown, hasHead: boolean): UpstreamError {
  if (error instanceof errors.ResponseExceededMaxSizeError) {
    return new UpstreamError('UPSTREAM_BAD_RESPONSE', 'The upstream response body is too large.');
  }
  // Within a body, a parser error means that the connection was closed too early.
  const isParserError =
    error instanceof errors.HTTPParserError || error instanceof errors.HeadersOverflowError;
  if (isParserError && !hasHead) {
    return new UpstreamError('UPSTREAM_BAD_RESPONSE', 'The upstream response is not valid HTTP.');
  }
  const status = proxyRejection(error);
  if (status !== null) {
    const message = `The proxy rejected the connection to the upstream with status ${status}.`;
    return new UpstreamError('UPSTREAM_UNAVAILABLE', message, {}, undefined, 'PROXY_REJECTED');
  }
  return new UpstreamError(
    'UPSTREAM_UNAVAILABLE',
    'The connection to the upstream failed.',
    {},
    undefined,
    networkCode(error),
  );
}

/** Returns the code of a connection's error, or of its cause. */
function networkCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = errorCodeOf(error);
  if (code !== undefined) {
    // undici's own code only says that the connection has failed.
    const inner = code === 'UND_ERR_SOCKET' ? networkCode(error.cause) : undefined;
    return inner ?? code;
  }
  if (error instanceof AggregateError) return networkCode(error.errors[0]);
  return networkCode(error.cause);
}
