import { type AbortSignalLike, unlessAborted } from '../../util/abort.js';
import { type Clock, sleep } from '../../util/clock.js';
import { type Span, waitWithin } from '../../util/span.js';
import type { Authorizer } from '../auth/authorizer.js';
import type { Base } from '../base.js';
import { UpstreamError } from '../errors.js';
import type { ClassifyResponse, UpstreamResponse } from '../http/response.js';
import type { HttpResponse, Transport } from '../http/transport.js';
import type { UpstreamLog, UpstreamObserver } from '../settings.js';
import type { SharedSlots, Slot } from '../shared/shared-state.js';
import type { Cost } from '../upstream.js';
import { Attempt, type Effort, type Weight } from './attempt.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import type { ConcurrencyLimiter } from './concurrency-limiter.js';
import type { Flight } from './flight.js';
import type { Health } from './health.js';
import { attemptSpan, codeIn } from './request-spans.js';
import { isRetryable, MAX_RETRIES, retryDelay } from './retry.js';
import type { RetryBudget } from './retry-budget.js';

/** Parts that all requests of one account share. */
export interface RequestExecutorParts {
  readonly base: Base;
  /** Whether requests accept responses in gzip. */
  readonly compression: boolean;
  /** Whether requests have the headers of their span. */
  readonly traceparent: boolean;
  readonly authorizer: Authorizer;
  readonly breaker: CircuitBreaker;
  readonly health: Health;
  readonly limiter: ConcurrencyLimiter;
  /** The limit of all instances together; `null`: there is only that of this process. */
  readonly slots: SharedSlots | null;
  readonly budget: RetryBudget;
  readonly transport: Transport;
  readonly observer: UpstreamObserver;
  readonly log: UpstreamLog;
  readonly runtime: Clock;
}

type UsageCounters = Pick<Cost, 'requests' | 'retries' | 'waitMs' | 'failure'>;

/** A request with its retry policy. */
export interface UpstreamRequest<J> extends Weight {
  /** Path and query, relative to the base URL. */
  readonly path: string;
  readonly read: ClassifyResponse<J>;
  /** Signal and deadline of the request. */
  readonly flight: Flight;
  /** Usage counters of the operation; each attempt is added to them, and the reason if it fails. */
  readonly usage: UsageCounters;
  /** Span of the request, which has its waits and attempts; `undefined`: tracing is off. */
  readonly span?: Span | undefined;
  /** Path with placeholders for SIDs, for spans. */
  readonly template: string;
}

/** Executes a request with retries: (breaker -> limiter -> attempt -> backoff)*. */
export class RequestExecutor {
  readonly #parts: RequestExecutorParts;

  constructor(parts: RequestExecutorParts) {
    this.#parts = parts;
  }

  /**
   * Sends a GET request until it succeeds, or may not be retried.
   *
   * @returns the response of the last attempt
   * @throws {UpstreamError} the error of the last attempt, or the reason why none was sent
   */
  async get<J>({
    path,
    read,
    flight,
    usage,
    route,
    effort,
    mayRefuse,
    span,
    template,
  }: UpstreamRequest<J>): Promise<UpstreamResponse<J>> {
    const { authorizer, breaker, limiter, slots, budget, runtime } = this.#parts;
    let sent = 0;
    let backoffs = 0;
    let renewed = false;
    budget.refill();
    for (;;) {
      breaker.check();
      const since = runtime.now();
      const acquired = limiter.acquire(flight);
      const waits = acquired instanceof Promise;
      const permit = waits ? await this.#queue(span, 'queue', acquired, flight, usage, since) : acquired;
      const attempt = new Attempt(this.#parts, permit, { route, effort, mayRefuse });
      let slot: Slot | null = null;
      let credential: string;
      let result: UpstreamResponse<J> | UpstreamError;
      try {
        if (waits) this.#countWait(usage, since, flight);
        // Requested after the permit: the access token may have been refreshed while this request was queued.
        const pending = authorizer.credential(flight.signal);
        credential =
          typeof pending === 'string'
            ? pending
            : await waitWithin(span, 'token', this.#token(pending, flight.signal), codeIn(flight));
        // The last one: others wait for it, too.
        if (slots !== null) {
          const slotSince = runtime.now();
          slot = await this.#queue(span, 'slot', slots.acquire(flight), flight, usage, slotSince);
          if (slot.queued) this.#countWait(usage, slotSince, flight);
        }
        attempt.begin();
        attempt.span = attemptSpan(span, this.#parts.base, template, sent);
        usage.requests += 1;
        if (sent > 0) usage.retries += 1;
        sent += 1;
        try {
          result = read(await this.#send(path, credential, flight.signal, attempt.span));
        } catch (error) {
          if (!(error instanceof UpstreamError) || flight.signal.aborted) throw error;
          result = error;
        }
        attempt.complete(result);
        if (!(result instanceof UpstreamError)) {
          authorizer.accepted(credential);
          this.#parts.health.succeeded();
        }
      } finally {
        slot?.release();
        attempt.end();
      }
      if (!(result instanceof UpstreamError)) return result;
      usage.failure = { ...result.facts, network: result.network };
      if (!renewed && (await this.#renewed(result, credential, flight.signal))) {
        renewed = true;
        this.#parts.observer.retry(result.code);
      } else {
        this.#parts.health.failed(result);
        await this.#backoff(result, backoffs, flight, effort);
        backoffs += 1;
      }
    }
  }

  async #token(pending: Promise<string>, signal: AbortSignalLike): Promise<string> {
    try {
      return await pending;
    } catch (error) {
      if (error instanceof UpstreamError && !signal.aborted) this.#parts.health.tokenFailed(error);
      throw error;
    }
  }

  /** Waits in a queue. A wait that fails is counted here, because the longest ones do; another one when it is over. */
  async #queue<T>(
    span: Span | undefined,
    name: string,
    turn: Promise<T>,
    flight: Flight,
    usage: UsageCounters,
    since: number,
  ): Promise<T> {
    try {
      return await waitWithin(span, name, turn, codeIn(flight));
    } catch (error) {
      this.#countWait(usage, since, flight);
      throw error;
    }
  }

  #countWait(usage: UsageCounters, since: number, flight: Flight): void {
    const { runtime, observer } = this.#parts;
    const waited = runtime.now() - since;
    usage.waitMs += waited;
    // A background request waits as long as there are others.
    if (!flight.isBackground()) observer.waited(waited);
  }

  #send(
    path: string,
    credential: string,
    signal: AbortSignalLike,
    span: Span | undefined,
  ): Promise<HttpResponse> {
    const { base, compression, traceparent, transport } = this.#parts;
    const headers: Record<string, string> = {
      accept: 'application/json',
      // Without this header the upstream may use any coding (RFC 9110, 12.5.3).
      'accept-encoding': compression ? 'gzip' : 'identity',
      authorization: credential,
    };
    if (traceparent && span !== undefined) Object.assign(headers, span.headers());
    return transport.send({ method: 'GET', origin: base.origin, path: base.prefix + path, headers }, signal);
  }

  /** Returns whether the request was rejected because of its credential, and another credential is available now. */
  async #renewed(
    { code, facts }: UpstreamError,
    credential: string,
    signal: AbortSignalLike,
  ): Promise<boolean> {
    if (code !== 'UPSTREAM_UNAUTHORIZED') return false;
    const renewed = this.#parts.authorizer.rejected(credential, facts.status);
    return typeof renewed === 'boolean' ? renewed : unlessAborted(renewed, signal);
  }

  /** Waits until the request may be retried; throws the error if it may not be, or the deadline would pass first. */
  async #backoff(error: UpstreamError, backoffs: number, flight: Flight, effort: Effort): Promise<void> {
    const { budget, limiter, log, observer, runtime } = this.#parts;
    if (!isRetryable(error)) throw error;
    const delayMs = retryDelay(error, backoffs, runtime.random());
    const until = runtime.now() + delayMs;
    const pausesAll = effort === 'full' || error.code === 'RATE_LIMITED';
    if (error.retryAfter && pausesAll) limiter.hold(until, error);
    if (effort === 'once' || backoffs === MAX_RETRIES || until >= flight.deadline()) throw error;
    // A 429 costs the upstream nothing and already halves the concurrency limit, so it does not consume retry budget.
    if (error.code !== 'RATE_LIMITED' && !budget.spend()) throw error;
    log.debug(
      { code: error.code, ...error.facts, network: error.network, delayMs },
      'retrying upstream request',
    );
    await sleep(runtime, delayMs, flight.signal);
    observer.retry(error.code);
  }
}
