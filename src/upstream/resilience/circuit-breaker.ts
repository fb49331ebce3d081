import type { Clock } from '../../util/clock.js';
import { UpstreamError } from '../errors.js';
import type { BreakerState } from '../settings.js';

const FAILURES_TO_OPEN = 10;
const FIRST_OPEN_MS = 5_000;
const LONGEST_OPEN_MS = 30_000;

/**
 * An attempt that was let through: the period that it belongs to. The breaker has to be told how it ended: that it
 * succeeded, failed, or was abandoned, once.
 */
export type AttemptToken = number;

/**
 * Circuit breaker: after a run of failures nothing is sent for a while, so that clients get their error at
 * once and the upstream gets a rest. Then single attempts probe it; one success closes the breaker.
 */
export class CircuitBreaker {
  readonly #runtime: Clock;
  readonly #onState: (state: BreakerState) => void;
  #run = 0;
  #openings = 0;
  /** `null` while closed. */
  #openUntil: number | null = null;
  /** Whether an attempt is under way that tells whether it closes: the only one of its period. */
  #probing = false;
  /** Trials of an earlier period say nothing of this one. */
  #period = 0;

  constructor(runtime: Clock, onState: (state: BreakerState) => void) {
    this.#runtime = runtime;
    this.#onState = onState;
  }

  /** Whether nothing is let through now, not even a probe. */
  get open(): boolean {
    return this.#openUntil !== null && this.#runtime.now() < this.#openUntil;
  }

  /** @throws {UpstreamError} UPSTREAM_UNAVAILABLE with `retryAfter`, when nothing is let through now */
  check(): void {
    if (this.#openUntil === null) return;
    const wait = this.#openUntil - this.#runtime.now();
    if (wait <= 0 && !this.#probing) return;
    throw new UpstreamError(
      'UPSTREAM_UNAVAILABLE',
      'The upstream has failed too often, and is left alone for a while.',
      {},
      Math.max(1, Math.ceil(wait / 1000)),
    );
  }

  /** Lets one attempt through. Throws as `check` does. */
  admit(): AttemptToken {
    this.check();
    if (this.#openUntil !== null) {
      this.#probing = true;
      this.#onState('half-open');
    }
    return this.#period;
  }

  /** The upstream is alive: it answered, be it with a refusal. */
  succeeded(trial: AttemptToken): void {
    if (trial !== this.#period) return;
    if (this.#probing) this.#close();
    else this.#run = 0;
  }

  failed(trial: AttemptToken): void {
    if (trial !== this.#period) return;
    this.#run += 1;
    if (this.#probing || this.#run >= FAILURES_TO_OPEN) this.#open();
  }

  /** Nobody waits for it any more; it says nothing. */
  abandoned(trial: AttemptToken): void {
    if (trial === this.#period) this.#probing = false;
  }

  #open(): void {
    const jitter = 0.75 + this.#runtime.random() / 2;
    const open = Math.min(LONGEST_OPEN_MS, FIRST_OPEN_MS * 2 ** this.#openings * jitter);
    this.#openings += 1;
    this.#openUntil = this.#runtime.now() + open;
    this.#begin('open');
  }

  #close(): void {
    this.#openings = 0;
    this.#openUntil = null;
    this.#begin('closed');
  }

  #begin(state: BreakerState): void {
    this.#period += 1;
    this.#run = 0;
    this.#probing = false;
    this.#onState(state);
  }
}
