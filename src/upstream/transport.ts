import { Agent, type Dispatcher, errors } from 'undici';
import { onAbort } from './abort.js';
import { UpstreamError } from './errors.js';
import { retryAfterSeconds } from './retry-after.js';
import type { Runtime } from './runtime.js';

const MAX_BODY_BYTES = 16 * 1024 * 1024;
const KEEP_ALIVE_MS = 30_000;

export interface WireRequest {
  readonly method: 'GET' | 'POST';
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An HTTP answer of any status, as far as anything here needs it. */
export interface WireAnswer {
  readonly status: number;
  readonly body: string;
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
  readonly #runtime: Runtime;

  constructor({ connections, attemptTimeoutMs }: TransportSettings, runtime: Runtime) {
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
  async send(request: WireRequest, signal: AbortSignal): Promise<WireAnswer> {
    signal.throwIfAborted();
    const attempt = new AbortController();
    let timedOut = false;
    let begun = false;
    const cancelTimer = this.#runtime.after(this.#timeoutMs, () => {
      timedOut = true;
      attempt.abort();
    });
    const stopListening = onAbort(signal, () => attempt.abort());
    const sentAt = this.#runtime.now();
    try {
      const response = await this.#agent.request({ ...request, signal: attempt.signal });
      begun = true;
      return this.#answer(response, await response.body.text(), sentAt);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (timedOut) throw new UpstreamError('UPSTREAM_TIMEOUT', 'The upstream took too long to answer.');
      throw connectionError(error, begun);
    } finally {
      cancelTimer();
      stopListening();
    }
  }

  /** Ends every connection, idle or not. */
  close(): Promise<void> {
    return this.#agent.destroy();
  }

  #answer({ statusCode, headers }: Dispatcher.ResponseData, body: string, sentAt: number): WireAnswer {
    return {
      status: statusCode,
      body,
      requestId: safeRequestId(single(headers['twilio-request-id'])),
      retryAfter: retryAfterSeconds(
        single(headers['retry-after']),
        single(headers.date),
        this.#runtime.wallNow(),
      ),
      sentAt,
    };
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
