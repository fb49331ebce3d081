import type { AbortSignalLike } from '../../util/abort.js';
import { type Clock, sleep } from '../../util/clock.js';
import type { Authorizer } from '../auth/authorizer.js';
import type { Base } from '../base.js';
import { UpstreamError } from '../errors.js';
import type { ClassifyResponse, UpstreamResponse } from '../http/response.js';
import type { HttpResponse, Transport } from '../http/transport.js';
import type { AttemptOutcome, UpstreamLog, UpstreamObserver } from '../settings.js';
import type { Cost } from '../upstream.js';
import type { AttemptToken, CircuitBreaker } from './circuit-breaker.js';
import type { ConcurrencyLimiter, Permit } from './concurrency-limiter.js';
import type { Flight } from './in-flight.js';
import { isRetryable, MAX_RETRIES, retryDelay } from './retry.js';
import type { RetryBudget } from './retry-budget.js';

/** What all requests of one account share. */
export interface RequestExecutorParts {
  readonly base: Base;
  readonly authorizer: Authorizer;
  readonly breaker: CircuitBreaker;
  readonly limiter: ConcurrencyLimiter;
  readonly budget: RetryBudget;
  readonly transport: Transport;
  readonly observer: UpstreamObserver;
  readonly log: UpstreamLog;
  readonly runtime: Clock;
}

type UsageCounters = Pick<Cost, 'requests' | 'retries'>;

/** An attempt that was let out. */
interface StartedAttempt {
  readonly trial: AttemptToken;
  readonly slot: Permit;
  readonly credential: string;
  /** On the runtime's clock. */
  readonly startedAt: number;
}

/** Gets one resource: (breaker -> limiter -> attempt -> retry)*. */
export class RequestExecutor {
  readonly #parts: RequestExecutorParts;

  constructor(parts: RequestExecutorParts) {
    this.#parts = parts;
  }

  /**
   * @param path - path and query, behind the base
   * @param read - makes of what comes what can be used
   * @param flight - for how long the answer is of use
   * @param charge - is charged for every attempt
   * @throws {UpstreamError} when no attempt brought an answer, or none was let out
   */
  async get<J>(
    path: string,
    read: ClassifyResponse<J>,
    flight: Flight,
    charge: UsageCounters,
  ): Promise<UpstreamResponse<J>> {
    const { authorizer, breaker, limiter, budget, runtime } = this.#parts;
    let sent = 0;
    let backoffs = 0;
    let renewed = false;
    budget.refill();
    for (;;) {
      breaker.check();
      const place = limiter.acquire(flight);
      const slot = place instanceof Promise ? await place : place;
      let credential: string;
      let result: UpstreamResponse<J> | UpstreamError;
      try {
        // Asked for behind the queue: a token may have been renewed while this request stood in it.
        const asked = authorizer.credential(flight.signal);
        credential = typeof asked === 'string' ? asked : await asked;
        const attempt = { trial: breaker.admit(), slot, credential, startedAt: runtime.now() };
        this.#charge(charge, sent);
        sent += 1;
        try {
          result = read(await this.#send(path, credential, flight.signal));
        } catch (error) {
          if (!(error instanceof UpstreamError) || flight.signal.aborted) {
            this.#abandon(attempt);
            throw error;
          }
          result = error;
        }
        this.#settle(attempt, result);
      } finally {
        slot.release();
      }
      if (!(result instanceof UpstreamError)) return result;
      if (result.code === 'UPSTREAM_UNAUTHORIZED' && !renewed && authorizer.refused(credential)) {
        renewed = true;
      } else {
        await this.#backoff(result, backoffs, flight);
        backoffs += 1;
      }
    }
  }

  /** @param sent - attempts before this one */
  #charge(charge: UsageCounters, sent: number): void {
    charge.requests += 1;
    if (sent === 0) return;
    charge.retries += 1;
    this.#parts.observer.retry();
  }

  /** Nobody waits for it any more. */
  #abandon({ trial, startedAt }: StartedAttempt): void {
    const { breaker, observer, runtime } = this.#parts;
    breaker.abandoned(trial);
    observer.attempt('cancelled', runtime.now() - startedAt);
  }

  /** Tells all whom it concerns how an attempt ended. */
  #settle(
    { trial, slot, credential, startedAt }: StartedAttempt,
    result: UpstreamResponse<unknown> | UpstreamError,
  ): void {
    const { authorizer, breaker, observer, runtime } = this.#parts;
    observer.attempt(outcomeOf(result), runtime.now() - startedAt);
    if (!(result instanceof UpstreamError)) {
      authorizer.accepted(credential);
      slot.served();
    } else if (result.code === 'RATE_LIMITED') {
      slot.throttled();
    }
    if (isOutage(result)) breaker.failed(trial);
    else breaker.succeeded(trial);
  }

  #send(path: string, credential: string, signal: AbortSignalLike): Promise<HttpResponse> {
    const { base, transport } = this.#parts;
    const headers = { accept: 'application/json', authorization: credential };
    return transport.send({ method: 'GET', origin: base.origin, path: base.prefix + path, headers }, signal);
  }

  /** Waits until the request may be repeated; throws the error when it must not be, or too late. */
  async #backoff(error: UpstreamError, backoffs: number, flight: Flight): Promise<void> {
    const { budget, limiter, log, runtime } = this.#parts;
    if (!isRetryable(error)) throw error;
    const delayMs = retryDelay(error, backoffs, runtime.random());
    const until = runtime.now() + delayMs;
    if (error.retryAfter) limiter.hold(until, error);
    if (backoffs === MAX_RETRIES || until >= flight.deadline()) throw error;
    // What a 429 refused was no load, and the limiter sees to it that there are fewer: no budget for these.
    if (error.code !== 'RATE_LIMITED' && !budget.spend()) throw error;
    log.debug({ code: error.code, ...error.facts, delayMs }, 'upstream request is repeated');
    await sleep(runtime, delayMs, flight.signal);
  }
}

function isOutage(result: UpstreamResponse<unknown> | UpstreamError): boolean {
  return (
    result instanceof UpstreamError &&
    (result.code === 'UPSTREAM_UNAVAILABLE' || result.code === 'UPSTREAM_TIMEOUT')
  );
}

function outcomeOf(result: UpstreamResponse<unknown> | UpstreamError): AttemptOutcome {
  if (result instanceof UpstreamError && result.code === 'UPSTREAM_TIMEOUT') return 'timeout';
  const { status } = result.facts;
  if (status === undefined) return 'broken';
  if (status === 429) return '429';
  if (status < 300) return '2xx';
  if (status < 400) return '3xx';
  return status < 500 ? '4xx' : '5xx';
}
