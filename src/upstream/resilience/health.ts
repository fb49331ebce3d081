import type { Clock } from '../../util/clock.js';
import type { UpstreamError } from '../errors.js';
import type { BreakerState, UpstreamLog } from '../settings.js';

/** How the upstream treats this process at present. */
export type UpstreamState = 'ok' | 'failing' | 'unauthorized' | 'throttled';

export const UPSTREAM_STATES: readonly UpstreamState[] = ['ok', 'failing', 'unauthorized', 'throttled'];

/** How long after a 429 the upstream counts as throttling, where the 429 names no longer time. In milliseconds. */
const THROTTLED_MS = 10_000;

/** How long after a served request a 403 says nothing about the credentials: they may lack one permission. */
const PROVEN_MS = 60_000;

/**
 * Tells operators how the upstream is. Only changes are logged: one line an outage, not one a request.
 *
 * It decides nothing: what is sent is the breaker's and the limiter's matter.
 */
export class Health {
  readonly #runtime: Pick<Clock, 'now'>;
  readonly #log: UpstreamLog;
  #trouble: 'failing' | 'unauthorized' | null = null;
  #servedAt = Number.NEGATIVE_INFINITY;
  #throttledUntil = Number.NEGATIVE_INFINITY;

  constructor(runtime: Pick<Clock, 'now'>, log: UpstreamLog) {
    this.#runtime = runtime;
    this.#log = log;
  }

  get state(): UpstreamState {
    if (this.#trouble !== null) return this.#trouble;
    return this.#runtime.now() < this.#throttledUntil ? 'throttled' : 'ok';
  }

  /** The circuit breaker has changed its state. */
  breaker(state: BreakerState): void {
    if (state === 'open') this.#change('failing');
    else if (state === 'closed' && this.#trouble === 'failing') this.#change(null);
  }

  /** A request was served. */
  served(): void {
    const now = this.#runtime.now();
    this.#servedAt = now;
    // A request that is served ends a long `Retry-After`, as a probe does.
    this.#throttledUntil = Math.min(this.#throttledUntil, now + THROTTLED_MS);
    if (this.#trouble !== null) this.#change(null);
  }

  /** A request was refused, for other reasons than an access token that has expired. */
  refused({ code, facts, retryAfter = 0 }: UpstreamError): void {
    const now = this.#runtime.now();
    if (code === 'RATE_LIMITED') {
      this.#throttledUntil = Math.max(this.#throttledUntil, now + Math.max(THROTTLED_MS, retryAfter * 1000));
    } else if (
      code === 'UPSTREAM_UNAUTHORIZED' &&
      (facts.status !== 403 || now - this.#servedAt > PROVEN_MS)
    ) {
      this.#change('unauthorized');
    }
  }

  /** No access token could be got, so that no request can be sent. */
  tokenFailed(error: UpstreamError): void {
    this.refused(error);
    if (error.code === 'UPSTREAM_UNAVAILABLE' || error.code === 'UPSTREAM_TIMEOUT') this.#change('failing');
  }

  #change(trouble: 'failing' | 'unauthorized' | null): void {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    const facts = { state: trouble ?? 'ok' };
    if (trouble === null) this.#log.info(facts, 'the upstream serves requests again');
    else if (trouble === 'failing') this.#log.warn(facts, 'the upstream keeps failing');
    else this.#log.error(facts, "the upstream refuses the gateway's credentials");
  }
}
