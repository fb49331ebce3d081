import type { Clock } from '../../util/clock.js';
import { UpstreamError } from '../errors.js';
import type { BreakerState } from '../settings.js';

const FAILURES_TO_OPEN = 10;
const FIRST_OPEN_MS = 5_000;
const LONGEST_OPEN_MS = 30_000;

/** An attempt that was let through. `Breaker.settle` must be called for it, once. */
export interface AttemptToken {
  /** Trials of an earlier period say nothing of the present one. */
  readonly period: number;
  /** Trials that were let through up to this one. */
  readonly number: number;
}

/**
 * What an attempt says of the upstream. `alive`: it answered, be it with a refusal. `failed`: it did not answer, or
 * answered that it fails. `none`: nothing, because the attempt was given up.
 */
export type Verdict = 'alive' | 'failed' | 'none';

/**
 * Circuit breaker: after a run of failures nothing is sent for a while, so that clients get their error at
 * once and the upstream gets a rest. Then single attempts probe it; one success closes the breaker.
 *
 * Failures of attempts that were in flight together when the first of them failed count as one, as losses within one
 * window do in TCP: a balancer that is reloaded cuts all of them at the same moment, and their repeats are served.
 */
export class CircuitBreaker {
  readonly #runtime: Clock;
  readonly #onState: (state: BreakerState) => void;
  #run = 0;
  /** Trials let through so far, and how many of them when the present run began. */
  #admitted = 0;
  #admittedBeforeRun = 0;
  #openings = 0;
  /** `null` while closed. */
  #openUntil: number | null = null;
  /** Whether an attempt is under way that tells whether it closes: the only one of its period. */
  #probing = false;
  #period = 0;

  constructor(runtime: Clock, onState: (state: BreakerState) => void) {
    this.#runtime = runtime;
    this.#onState = onState;
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
    this.#admitted += 1;
    return { period: this.#period, number: this.#admitted };
  }

  /** An attempt has ended. */
  settle({ period, number }: AttemptToken, verdict: Verdict): void {
    if (period !== this.#period) return;
    const wasProbe = this.#probing;
    // Before anything that can throw: a probe that is never taken for ended would keep the breaker from closing.
    this.#probing = false;
    if (verdict === 'alive') {
      if (wasProbe) this.#close();
      else this.#run = 0;
    }
    if (verdict === 'failed') {
      if (this.#run === 0) {
        this.#run = 1;
        this.#admittedBeforeRun = this.#admitted;
      } else if (number > this.#admittedBeforeRun) {
        this.#run += 1;
      }
      if (wasProbe || this.#run >= FAILURES_TO_OPEN) this.#open();
    }
  }

  #open(): void {
    const jitter = 0.75 + this.#runtime.random() / 2;
    const open = Math.min(LONGEST_OPEN_MS, FIRST_OPEN_MS * 2 ** this.#openings * jitter);
    this.#openUntil = this.#runtime.now() + open;
    this.#openings += 1;
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
