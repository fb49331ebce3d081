import type { Clock } from '../../util/clock.js';

const TOKENS_PER_REQUEST = 0.2;
/** Tokens up to this number are refilled over time. */
const MIN_TOKENS = 10;
const TOKENS_PER_SECOND = 1;
/** Capacity of the bucket: the refill of 250 requests, saved for an outage. */
const MAX_TOKENS = 50;

/**
 * Token bucket that limits retries to about a fifth of the requests, so that retries do not multiply the load of a
 * failing upstream. A small number of tokens is refilled over time, so that single failures are retried at low traffic.
 */
export class RetryBudget {
  readonly #clock: Clock;
  #tokens = MIN_TOKENS;
  #refilledAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#refilledAt = clock.now();
  }

  /** Retries that may be sent at present, without the refill over time. */
  get tokens(): number {
    return Math.floor(this.#tokens);
  }

  /** Adds the tokens of a new request. */
  refill(): void {
    this.#tokens = Math.min(MAX_TOKENS, this.#tokens + TOKENS_PER_REQUEST);
  }

  /**
   * Takes a token for a retry.
   *
   * @returns whether the retry may be sent
   */
  spend(): boolean {
    const now = this.#clock.now();
    const refill = ((now - this.#refilledAt) / 1000) * TOKENS_PER_SECOND;
    this.#refilledAt = now;
    if (this.#tokens < MIN_TOKENS) this.#tokens = Math.min(MIN_TOKENS, this.#tokens + refill);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
