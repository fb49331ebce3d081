import type { Clock } from '../../util/clock.js';
import { UpstreamError } from '../errors.js';
import type { UpstreamResponse } from '../http/response.js';
import type { AttemptOutcome, UpstreamObserver } from '../settings.js';
import type { AttemptToken, CircuitBreaker, Verdict } from './circuit-breaker.js';
import type { Permit } from './concurrency-limiter.js';

/**
 * How hard a request is tried. `full`: it is repeated where that makes sense, and its failures count for the breaker.
 * `once`: others can stand in for it, so that it must not keep them waiting nor stop them: it is not repeated, except
 * with a new token, its failure says nothing to the breaker, and only a 429 of it holds other requests.
 */
export type Effort = 'full' | 'once';

/** What the result of an attempt says of the upstream. */
export interface Weight {
  readonly effort: Effort;
  /** Whether a 500 can be due to this request alone, so that it says nothing of the upstream. */
  readonly mayRefuse: boolean;
}

export interface AttemptParts {
  readonly breaker: CircuitBreaker;
  readonly observer: UpstreamObserver;
  readonly runtime: Clock;
}

/**
 * One attempt at a request: it holds a slot of the limiter and, once it is let out, a trial of the breaker. `end` gives
 * both back, whatever happened in between.
 */
export class Attempt {
  readonly #parts: AttemptParts;
  readonly #slot: Permit;
  readonly #weight: Weight;
  #trial: AttemptToken | null = null;
  /** On the runtime's clock. */
  #startedAt = 0;
  // What holds for an attempt that brings no result.
  #outcome: AttemptOutcome = 'cancelled';
  #verdict: Verdict = 'none';

  constructor(parts: AttemptParts, slot: Permit, weight: Weight) {
    this.#parts = parts;
    this.#slot = slot;
    this.#weight = weight;
  }

  /** Asks the breaker to let it out. Throws as `Breaker.check` does. */
  begin(): void {
    this.#trial = this.#parts.breaker.admit();
    this.#startedAt = this.#parts.runtime.now();
  }

  /** It brought a result. */
  brought(result: UpstreamResponse<unknown> | UpstreamError): void {
    this.#outcome = outcomeOf(result);
    const { effort, mayRefuse } = this.#weight;
    const isRefusal = mayRefuse && result instanceof UpstreamError && result.facts.status === 500;
    const verdict = isRefusal ? 'none' : verdictOf(result);
    this.#verdict = verdict === 'failed' && effort === 'once' ? 'none' : verdict;
    if (!(result instanceof UpstreamError)) this.#slot.served();
    if (result instanceof UpstreamError && result.code === 'RATE_LIMITED') this.#slot.throttled();
    else if (verdict === 'alive') this.#slot.answered();
  }

  /** Must be called, once. */
  end(): void {
    const { breaker, observer, runtime } = this.#parts;
    try {
      if (this.#trial === null) return;
      breaker.settle(this.#trial, this.#verdict);
      observer.attempt(this.#outcome, runtime.now() - this.#startedAt);
    } finally {
      this.#slot.release();
    }
  }
}

function verdictOf(result: UpstreamResponse<unknown> | UpstreamError): Verdict {
  const { code } = result instanceof UpstreamError ? result : { code: null };
  return code === 'UPSTREAM_UNAVAILABLE' || code === 'UPSTREAM_TIMEOUT' ? 'failed' : 'alive';
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
