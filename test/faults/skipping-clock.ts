import type { Clock } from '../../src/util/clock.js';

interface Timer {
  readonly ms: number;
  readonly at: number;
  readonly fire: () => void;
  handle?: NodeJS.Timeout;
}

/**
 * Real time of which a test can skip any amount: backoffs, the open time of the circuit breaker, the age of a response.
 * There is no jitter, so that each delay is the shortest possible.
 */
export class SkippingClock implements Clock {
  #skipped = 0;
  readonly #timers = new Set<Timer>();
  readonly #watchers = new Set<() => void>();

  readonly now = () => performance.now() + this.#skipped;
  readonly wallNow = () => Date.now() + this.#skipped;
  readonly random = () => 0;

  readonly after = (ms: number, callback: () => void) => {
    const at = this.now() + ms;
    const fire = () => {
      if (this.now() < at) {
        this.#set(timer);
        return;
      }
      this.#timers.delete(timer);
      this.#wake();
      callback();
    };
    const timer: Timer = { ms, at, fire };
    this.#set(timer);
    this.#timers.add(timer);
    this.#wake();
    return () => {
      clearTimeout(timer.handle);
      this.#timers.delete(timer);
      this.#wake();
    };
  };

  /** Resolves when a timer is set that is due in `from` to `to` milliseconds. */
  async armed(from: number, to: number): Promise<void> {
    while (!this.#isArmed(from, to)) await this.#change();
  }

  /** Resolves when there is no such timer. */
  async disarmed(from: number, to: number): Promise<void> {
    while (this.#isArmed(from, to)) await this.#change();
  }

  /** Resolves when none of the timers that were set for exactly `ms` milliseconds is left. */
  async none(ms: number): Promise<void> {
    while ([...this.#timers].some((timer) => timer.ms === ms)) await this.#change();
  }

  /** Advances the time and fires due timers in order. */
  skip(ms: number): void {
    this.#skipped += ms;
    for (const timer of [...this.#timers].sort((a, b) => a.at - b.at)) {
      clearTimeout(timer.handle);
      this.#set(timer);
    }
  }

  #set(timer: Timer): void {
    timer.handle = setTimeout(timer.fire, Math.ceil(timer.at - this.now()));
  }

  #isArmed(from: number, to: number): boolean {
    return [...this.#timers].some(({ at }) => at - this.now() >= from && at - this.now() <= to);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#watchers.add(resolve));
  }

  #wake(): void {
    for (const wake of this.#watchers) wake();
    this.#watchers.clear();
  }
}
