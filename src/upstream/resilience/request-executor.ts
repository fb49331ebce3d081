import { type AbortSignalLike, unlessAborted } from '../../util/abort.js';
import { type Clock, sleep } from '../../util/clock.js';
import type { Authorizer } from '../auth/authorizer.js';
import type { Base } from '../base.js';
import { UpstreamError } from '../errors.js';
import type { ClassifyResponse, UpstreamResponse } from '../http/response.js';
import type { HttpResponse, Transport } from '../http/transport.js';
import type { UpstreamLog, UpstreamObserver } from '../settings.js';
import type { Cost } from '../upstream.js';
import { Attempt, type Effort, type Weight } from './attempt.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import type { ConcurrencyLimiter } from './concurrency-limiter.js';
import type { Health } from './health.js';
import type { Flight } from './in-flight.js';
import { isRetryable, MAX_RETRIES, retryDelay } from './retry.js';
import type { RetryBudget } from './retry-budget.js';

/** What all requests of one account share. */
export interface RequestExecutorParts {
  readonly base: Base;
  /** Whether answers are asked for in gzip. */
  readonly compression: boolean;
  readonly authorizer: Authorizer;
  readonly breaker: CircuitBreaker;
  readonly health: Health;
  readonly limiter: ConcurrencyLimiter;
  readonly budget: RetryBudget;
  readonly transport: Transport;
  readonly observer: UpstreamObserver;
  readonly log: UpstreamLog;
  readonly runtime: Clock;
}

type UsageCounters = Pick<Cost, 'requests' | 'retries'>;

/** A request, until it is answered. */
export interface Errand<J> extends Weight {
  /** Path and query, behind the base. */
  readonly path: string;
  /** Makes of what comes what can be used. */
  readonly read: ClassifyResponse<J>;
  /** For how long the answer is of use. */
  readonly flight: Flight;
  /** Is charged for every attempt. */
  readonly charge: UsageCounters;
}

/** Gets one resource: (breaker -> limiter -> attempt -> retry)*. */
export class RequestExecutor {
  readonly #parts: RequestExecutorParts;

  constructor(parts: RequestExecutorParts) {
    this.#parts = parts;
  }

  /** @throws {UpstreamError} when no attempt brought an answer, or none was let out */
  async get<J>({ path, read, flight, charge, effort, mayRefuse }: Errand<J>): Promise<UpstreamResponse<J>> {
    const { authorizer, breaker, limiter, budget } = this.#parts;
    let sent = 0;
    let backoffs = 0;
    let renewed = false;
    budget.refill();
    for (;;) {
      breaker.check();
      const place = limiter.acquire(flight);
      const slot = place instanceof Promise ? await place : place;
      const attempt = new Attempt(this.#parts, slot, { effort, mayRefuse });
      let credential: string;
      let result: UpstreamResponse<J> | UpstreamError;
      try {
        // Asked for behind the queue: a token may have been renewed while this request stood in it.
        const asked = authorizer.credential(flight.signal);
        credential = typeof asked === 'string' ? asked : await this.#token(asked, flight.signal);
        attempt.begin();
        this.#charge(charge, sent);
        sent += 1;
        try {
          result = read(await this.#send(path, credential, flight.signal));
        } catch (error) {
          if (!(error instanceof UpstreamError) || flight.signal.aborted) throw error;
          result = error;
        }
        attempt.brought(result);
        if (!(result instanceof UpstreamError)) {
          authorizer.accepted(credential);
          this.#parts.health.served();
        }
      } finally {
        attempt.end();
      }
      if (!(result instanceof UpstreamError)) return result;
      if (!renewed && (await this.#renewed(result, credential, flight.signal))) {
        renewed = true;
      } else {
        this.#parts.health.refused(result);
        await this.#backoff(result, backoffs, flight, effort);
        backoffs += 1;
      }
    }
  }

  async #token(asked: Promise<string>, signal: AbortSignalLike): Promise<string> {
    try {
      return await asked;
    } catch (error) {
      if (error instanceof UpstreamError && !signal.aborted) this.#parts.health.tokenFailed(error);
      throw error;
    }
  }

  /** @param sent - attempts before this one */
  #charge(charge: UsageCounters, sent: number): void {
    charge.requests += 1;
    if (sent === 0) return;
    charge.retries += 1;
    this.#parts.observer.retry();
  }

  #send(path: string, credential: string, signal: AbortSignalLike): Promise<HttpResponse> {
    const { base, compression, transport } = this.#parts;
    const headers = {
      accept: 'application/json',
      // Without this header any coding would do (RFC 9110, 12.5.3).
      'accept-encoding': compression ? 'gzip' : 'identity',
      authorization: credential,
    };
    return transport.send({ method: 'GET', origin: base.origin, path: base.prefix + path, headers }, signal);
  }

  /** Whether the request was refused because of its credential, and there is another one now. */
  async #renewed(
    { code, facts }: UpstreamError,
    credential: string,
    signal: AbortSignalLike,
  ): Promise<boolean> {
    if (code !== 'UPSTREAM_UNAUTHORIZED') return false;
    const renewed = this.#parts.authorizer.refused(credential, facts.status);
    return typeof renewed === 'boolean' ? renewed : unlessAborted(renewed, signal);
  }

  /** Waits until the request may be repeated; throws the error when it must not be, or too late. */
  async #backoff(error: UpstreamError, backoffs: number, flight: Flight, effort: Effort): Promise<void> {
    const { budget, limiter, log, runtime } = this.#parts;
    if (!isRetryable(error)) throw error;
    const delayMs = retryDelay(error, backoffs, runtime.random());
    const until = runtime.now() + delayMs;
    const holdsAll = effort === 'full' || error.code === 'RATE_LIMITED';
    if (error.retryAfter && holdsAll) limiter.hold(until, error);
    if (effort === 'once' || backoffs === MAX_RETRIES || until >= flight.deadline()) throw error;
    // What a 429 refused was no load, and the limiter sees to it that there are fewer: no budget for these.
    if (error.code !== 'RATE_LIMITED' && !budget.spend()) throw error;
    log.debug({ code: error.code, ...error.facts, delayMs }, 'upstream request is repeated');
    await sleep(runtime, delayMs, flight.signal);
  }
}
