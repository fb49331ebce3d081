import type { Clock } from '../../util/clock.js';
import type { Span } from '../../util/span.js';
import { UpstreamError } from '../errors.js';
import type { UpstreamResponse } from '../http/response.js';
import type { AttemptOutcome, UpstreamObserver } from '../settings.js';
import type { AttemptToken, CircuitBreaker, Verdict } from './circuit-breaker.js';
import type { Permit } from './concurrency-limiter.js';
import { describeAttempt } from './request-spans.js';

/**
 * Retry policy of a request.
 * - `full`: it is retried, and its failures count for the circuit breaker.
 * - `once`: other requests can replace it, so it must not delay or block those. It is only retried with a new access
 *   token, the breaker ignores its failures, and of its `Retry-After` only that of a 429 pauses other requests.
 */
export type Effort = 'full' | 'once';

/** How the result of an attempt is interpreted. */
export interface Weight {
  /** Name of the list or resource that is requested. */
  readonly route: string;
  readonly effort: Effort;
  /** Whether a 500 can be a rejection of this request, so that it says nothing about the health of the upstream. */
  readonly mayRefuse: boolean;
}

export interface AttemptParts {
  readonly breaker: CircuitBreaker;
  readonly observer: UpstreamObserver;
  readonly runtime: Clock;
}

/**
 * One attempt of a request. It holds a permit of the limiter and, once it is sent, a token of the circuit breaker.
 * `end` returns both, whatever happened before.
 */
export class Attempt {
  readonly #parts: AttemptParts;
  readonly #permit: Permit;
  readonly #weight: Weight;
  /** Span of the attempt, which ends with it. */
  span: Span | undefined;
  #token: AttemptToken | null = null;
  /** In the time of `Clock.now`. */
  #startedAt = 0;
  // Initial values are those of an attempt without a result.
  #outcome: AttemptOutcome = 'cancelled';
  #verdict: Verdict = 'none';

  constructor(parts: AttemptParts, permit: Permit, weight: Weight) {
    this.#parts = parts;
    this.#permit = permit;
    this.#weight = weight;
  }

  /**
   * Acquires a token of the circuit breaker.
   * @throws {UpstreamError} UPSTREAM_UNAVAILABLE when the circuit is open
   */
  begin(): void {
    this.#token = this.#parts.breaker.admit();
    this.#startedAt = this.#parts.runtime.now();
  }

  /** Records the result. */
  complete(result: UpstreamResponse<unknown> | UpstreamError): void {
    this.#outcome = outcomeOf(result);
    if (this.span !== undefined) describeAttempt(this.span, result);
    const { effort, mayRefuse } = this.#weight;
    const isRejection = mayRefuse && result instanceof UpstreamError && result.facts.status === 500;
    const verdict = isRejection ? 'none' : verdictOf(result);
    this.#verdict = verdict === 'failed' && effort === 'once' ? 'none' : verdict;
    if (!(result instanceof UpstreamError)) this.#permit.succeeded();
    if (result instanceof UpstreamError && result.code === 'RATE_LIMITED') this.#permit.throttled();
    else if (verdict === 'alive') this.#permit.responded();
  }

  /** Returns the token and the permit. Must be called exactly once. */
  end(): void {
    const { breaker, observer, runtime } = this.#parts;
    try {
      if (this.#token === null) return;
      breaker.settle(this.#token, this.#verdict);
      observer.attempt(this.#weight.route, this.#outcome, runtime.now() - this.#startedAt);
    } finally {
      this.#permit.release();
      if (this.#outcome === 'cancelled') this.span?.fail('CANCELLED');
      this.span?.end();
    }
  }
}

function verdictOf(result: UpstreamResponse<unknown> | UpstreamError): Verdict {
  const { code } = result instanceof UpstreamError ? result : { code: null };
  return code === 'UPSTREAM_UNAVAILABLE' || code === 'UPSTREAM_TIMEOUT' ? 'failed' : 'alive';
}

/** Statuses that are counted apart from others of their class. */
const OWN_OUTCOMES: ReadonlyMap<number, AttemptOutcome> = new Map([
  [401, '401'],
  [403, '403'],
  [404, '404'],
  [429, '429'],
]);

function outcomeOf(result: UpstreamResponse<unknown> | UpstreamError): AttemptOutcome {
  if (result instanceof UpstreamError && result.code === 'UPSTREAM_TIMEOUT') return 'timeout';
  const { status } = result.facts;
  if (status === undefined) return 'broken';
  const own = OWN_OUTCOMES.get(status);
  if (own !== undefined) return own;
  if (status < 300) return '2xx';
  if (status < 400) return '3xx';
  return status < 500 ? '4xx' : '5xx';
}
