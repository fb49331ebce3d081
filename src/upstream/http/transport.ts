import type { IncomingHttpHeaders } from 'node:http';
import { Agent, type Dispatcher, errors } from 'undici';
import { type AbortSignalLike, onAbort } from '../../util/abort.js';
import type { Clock } from '../../util/clock.js';
import { UpstreamError } from '../errors.js';
import { CodingError, decodeBody } from './content-coding.js';
import { type HeaderValue, valuesOf } from './header.js';
import { retryAfterSeconds } from './retry-after.js';

/** What a body may have, both as it comes and once it is decoded. */
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
  /** Decoded, and without a byte order mark. Where the answer is an error and cannot be decoded: as it came. */
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
 * `decompress`: experimental by its own warning, without a bound on what a body becomes, and a stream for each answer.
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
      exchange.begin(() => {
        exchange.giveUpAfter(this.#timeoutMs);
        exchange.giveUpOn(signal);
        this.#agent.dispatch(request, exchange);
      });
    });
  }

  /** Ends every connection, idle or not. */
  close(): Promise<void> {
    return this.#agent.destroy();
  }
}

interface Waiting {
  resolve(answer: HttpResponse | Promise<HttpResponse>): void;
  reject(reason: unknown): void;
}

/**
 * One request and its answer, on undici's own terms: `dispatch` hands over the body as it arrives, where
 * `request` would put a stream around it that costs more than all else that is done to an answer.
 *
 * However it ends, it ends in `#end`, which settles the promise even where what is made of the answer throws: undici
 * drops an error that a handler throws once the answer is complete.
 */
class DispatchHandler implements Dispatcher.DispatchHandler {
  readonly #runtime: Clock;
  readonly #sentAt: number;
  /** `null` once it has ended, as is all that it has gathered: undici keeps its handlers longer than it needs them. */
  #waiting: Waiting | null;
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

  /** Starts; what throws meanwhile is what the request is rejected with. */
  begin(start: () => void): void {
    try {
      start();
    } catch (error) {
      this.#end((waiting) => waiting.reject(error));
    }
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
    this.#end((waiting) => waiting.resolve(this.#answer()));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end((waiting) => waiting.reject(connectionError(error, this.#status >= 200)));
  }

  #answer(): HttpResponse | Promise<HttpResponse> {
    const {
      date,
      'content-encoding': coding,
      'retry-after': retryAfter,
      'twilio-request-id': requestId,
    } = this.#headers;
    const [first] = this.#body;
    const body = this.#body.length === 1 && first !== undefined ? first : Buffer.concat(this.#body);
    const answer = {
      status: this.#status,
      body: coding === undefined ? withoutMark(body) : body,
      requestId: safeRequestId(requestId),
      retryAfter: retryAfterSeconds(retryAfter, date, this.#runtime.wallNow),
      sentAt: this.#sentAt,
    };
    return coding === undefined ? answer : decoded(answer, coding);
  }

  /** Ends the request, wherever it is. */
  #giveUp(reason: Error): void {
    this.#givenUp = reason;
    this.#end((waiting) => waiting.reject(reason));
    this.#controller?.abort(reason);
  }

  /**
   * Settles the promise, the first time, and ends what watches over it.
   *
   * @param settle - where it throws, the promise is rejected with that
   */
  #end(settle: (waiting: Waiting) => void): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    this.#waiting = null;
    try {
      settle(waiting);
    } catch (error) {
      waiting.reject(error);
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

function decoded(answer: HttpResponse, coding: HeaderValue): HttpResponse | Promise<HttpResponse> {
  const onError = (error: unknown) => undecodable(answer, error);
  try {
    const body = decodeBody(answer.body, coding, MAX_BODY_BYTES);
    return body instanceof Promise
      ? body.then((bytes) => withBody(answer, bytes)).catch(onError)
      : withBody(answer, body);
  } catch (error) {
    return onError(error);
  }
}

function withBody(answer: HttpResponse, body: Buffer): HttpResponse {
  return { ...answer, body: withoutMark(body) };
}

/** Of an error the status says enough; of anything else nothing is left without its body. */
function undecodable(answer: HttpResponse, error: unknown): HttpResponse {
  if (!(error instanceof CodingError)) throw error;
  const { status, requestId } = answer;
  if (status >= 400) return answer;
  throw new UpstreamError(
    'UPSTREAM_BAD_RESPONSE',
    `The upstream encoded its answer ${error.message}.`,
    requestId === null ? { status } : { status, requestId },
  );
}

/** A byte order mark in front of JSON may be passed over (RFC 8259, 8.1), and `JSON.parse` does not. */
function withoutMark(body: Buffer): Buffer {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body;
}

/** The id goes into logs and to clients, so it must be nothing but an id. Of repeated ones the first counts. */
function safeRequestId(header: HeaderValue): string | null {
  const [id] = valuesOf(header);
  return id !== undefined && /^[\w-]{1,64}$/.test(id) ? id : null;
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
