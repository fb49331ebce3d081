import type { Clock } from '../../util/clock.js';
import { UpstreamError } from '../errors.js';
import type { BreakerState } from '../settings.js';

const FAILURES_TO_OPEN = 10;
const FIRST_OPEN_MS = 5_000;
const MAX_OPEN_MS = 30_000;

/** Token of an admitted attempt. `CircuitBreaker.settle` must be called with it exactly once. */
export interface AttemptToken {
  /** State changes of the breaker before this attempt: results of an earlier generation are ignored. */
  readonly generation: number;
  /** Sequence number among all admitted attempts. */
  readonly number: number;
}

/**
 * What an attempt shows about the upstream.
 * - `alive`: it responded, possibly with a rejection.
 * - `failed`: it did not respond, or responded with a server error.
 * - `none`: nothing, because the attempt was cancelled.
 */
export type Verdict = 'alive' | 'failed' | 'none';

/**
 * Circuit breaker: after a number of consecutive failures it rejects requests for some seconds, so that clients get
 * their error immediately and the upstream can recover. Then it admits one probe at a time; a success closes it.
 *
 * Failures of attempts that were in flight at the same time count as one, as losses within one window do in TCP: a load
 * balancer that is reloaded breaks all of them at once, and their retries succeed.
 */
export class CircuitBreaker {
  readonly #clock: Clock;
  readonly #onState: (state: BreakerState) => void;
  #consecutiveFailures = 0;
  /** Number of admitted attempts, now and at the first of the consecutive failures. */
  #admitted = 0;
  #admittedAtFirstFailure = 0;
  #openings = 0;
  /** `null` while closed. */
  #openUntil: number | null = null;
  /** Whether a probe is in flight. */
  #probing = false;
  #generation = 0;

  constructor(clock: Clock, onState: (state: BreakerState) => void) {
    this.#clock = clock;
    this.#onState = onState;
  }

  /** @throws {UpstreamError} UPSTREAM_UNAVAILABLE with `retryAfter` when the circuit is open */
  check(): void {
    if (this.#openUntil === null) return;
    const wait = this.#openUntil - this.#clock.now();
    if (wait <= 0 && !this.#probing) return;
    throw new UpstreamError(
      'UPSTREAM_UNAVAILABLE',
      'Upstream unavailable: circuit breaker open.',
      {},
      Math.max(1, Math.ceil(wait / 1000)),
    );
  }

  /**
   * Admits one attempt.
   *
   * @throws {UpstreamError} UPSTREAM_UNAVAILABLE with `retryAfter` when the circuit is open
   */
  admit(): AttemptToken {
    this.check();
    if (this.#openUntil !== null) {
      this.#probing = true;
      this.#onState('half-open');
    }
    this.#admitted += 1;
    return { generation: this.#generation, number: this.#admitted };
  }

  /** Records the result of an attempt. */
  settle({ generation, number }: AttemptToken, verdict: Verdict): void {
    if (generation !== this.#generation) return;
    const wasProbe = this.#probing;
    // Reset before anything that can throw: while a probe counts as in flight, the breaker cannot close.
    this.#probing = false;
    if (verdict === 'alive') {
      if (wasProbe) this.#close();
      else this.#consecutiveFailures = 0;
    }
    if (verdict === 'failed') {
      if (this.#consecutiveFailures === 0) {
        this.#consecutiveFailures = 1;
        this.#admittedAtFirstFailure = this.#admitted;
      } else if (number > this.#admittedAtFirstFailure) {
        this.#consecutiveFailures += 1;
      }
      if (wasProbe || this.#consecutiveFailures >= FAILURES_TO_OPEN) this.#open();
    }
  }

  #open(): void {
    const jitter = 0.75 + this.#clock.random() / 2;
    const open = Math.min(MAX_OPEN_MS, FIRST_OPEN_MS * 2 ** this.#openings * jitter);
    this.#openUntil = this.#clock.now() + open;
    this.#openings += 1;
    this.#changeState('open');
  }

  #close(): void {
    this.#openings = 0;
    this.#openUntil = null;
    this.#changeState('closed');
  }

  #changeState(state: BreakerState): void {
    this.#generation += 1;
    this.#consecutiveFailures = 0;
    this.#probing = false;
    this.#onState(state);
  }
}
