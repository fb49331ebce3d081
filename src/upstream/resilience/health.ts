import type { Clock } from '../../util/clock.js';
import type { UpstreamError } from '../errors.js';
import type { BreakerState, UpstreamLog } from '../settings.js';

/** State of the upstream as this process sees it. */
export type UpstreamState = 'ok' | 'failing' | 'unauthorized' | 'throttled';

/** From the best to the worst. */
export const UPSTREAM_STATES: readonly UpstreamState[] = ['ok', 'throttled', 'failing', 'unauthorized'];

/** Time after a 429 for which the state is `throttled`, unless its `Retry-After` is longer. */
const THROTTLED_MS = 10_000;

/**
 * Time after a successful request for which a 403 does not count against the credentials: they may only lack one
 * permission.
 */
const RECENT_SUCCESS_MS = 60_000;

/**
 * Reports the state of the upstream to operators. It logs changes only: one line for each outage, not for each request.
 *
 * It does not influence requests. The circuit breaker and the concurrency limiter do.
 */
export class Health {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #log: UpstreamLog;
  #problem: 'failing' | 'unauthorized' | null = null;
  #succeededAt = Number.NEGATIVE_INFINITY;
  #throttledUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'now'>, log: UpstreamLog) {
    this.#clock = clock;
    this.#log = log;
  }

  get state(): UpstreamState {
    if (this.#problem !== null) return this.#problem;
    return this.#clock.now() < this.#throttledUntil ? 'throttled' : 'ok';
  }

  /** Records a new state of the circuit breaker. */
  breaker(state: BreakerState): void {
    if (state === 'open') this.#change('failing');
    else if (state === 'closed' && this.#problem === 'failing') this.#change(null);
  }

  /** Records a successful request. */
  succeeded(): void {
    const now = this.#clock.now();
    this.#succeededAt = now;
    // A success ends a long hold, so the remaining `Retry-After` no longer counts.
    this.#throttledUntil = Math.min(this.#throttledUntil, now + THROTTLED_MS);
    if (this.#problem !== null) this.#change(null);
  }

  /** Records a failed request, except for one that is retried with a new access token. */
  failed({ code, facts, retryAfter = 0 }: UpstreamError): void {
    const now = this.#clock.now();
    if (code === 'RATE_LIMITED') {
      this.#throttledUntil = Math.max(this.#throttledUntil, now + Math.max(THROTTLED_MS, retryAfter * 1000));
    } else if (
      code === 'UPSTREAM_UNAUTHORIZED' &&
      (facts.status !== 403 || now - this.#succeededAt > RECENT_SUCCESS_MS)
    ) {
      this.#change('unauthorized');
    }
  }

  /** Records a failed access token request: without a token no request can be sent. */
  tokenFailed(error: UpstreamError): void {
    this.failed(error);
    if (error.code === 'UPSTREAM_UNAVAILABLE' || error.code === 'UPSTREAM_TIMEOUT') this.#change('failing');
  }

  #change(problem: 'failing' | 'unauthorized' | null): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    const facts = { state: problem ?? 'ok' };
    if (problem === null) this.#log.info(facts, 'upstream recovered');
    else if (problem === 'failing') this.#log.warn(facts, 'upstream unavailable');
    else this.#log.error(facts, "upstream rejects the gateway's credentials");
  }
}
