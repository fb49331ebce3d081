import type { Clock } from '../../util/clock.js';

const PER_REQUEST = 0.2;
const FLOOR = 10;
const FLOOR_PER_SECOND = 1;
/** What a busy time may leave for a bad one: as much as 250 requests earn. */
const MOST = 50;

/**
 * Keeps retries from multiplying the load of an upstream that fails: every request earns a fifth of a retry.
 * A trickle up to a small floor is given for nothing, so that single failures are retried on a quiet day.
 */
export class RetryBudget {
  readonly #runtime: Clock;
  #balance = FLOOR;
  #trickledAt: number;

  constructor(runtime: Clock) {
    this.#runtime = runtime;
    this.#trickledAt = runtime.now();
  }

  /** A request is sent for the first time. */
  refill(): void {
    this.#balance = Math.min(MOST, this.#balance + PER_REQUEST);
  }

  /** @returns whether a retry may be sent; if so, it is paid for. */
  spend(): boolean {
    const now = this.#runtime.now();
    const trickle = ((now - this.#trickledAt) / 1000) * FLOOR_PER_SECOND;
    this.#trickledAt = now;
    if (this.#balance < FLOOR) this.#balance = Math.min(FLOOR, this.#balance + trickle);
    if (this.#balance < 1) return false;
    this.#balance -= 1;
    return true;
  }
}
