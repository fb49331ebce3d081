import type { Clock } from '../../src/util/clock.js';

interface Timer {
  readonly at: number;
  readonly ms: number;
  readonly callback: () => void;
}

/** A clock whose time advances only when a test calls `advance`. */
export class ManualClock implements Clock {
  #now = 1_000;
  readonly #timers = new Set<Timer>();
  readonly #watchers = new Set<() => void>();
  jitter = 0;

  readonly now = () => this.#now;
  readonly wallNow = () => Date.UTC(2026, 10, 24, 12) + this.#now;
  readonly random = () => this.jitter;

  readonly after = (ms: number, callback: () => void) => {
    const timer = { at: this.#now + ms, ms, callback };
    this.#timers.add(timer);
    for (const wake of this.#watchers) wake();
    this.#watchers.clear();
    return () => void this.#timers.delete(timer);
  };

  /** Waits until a timer of `from` to `to` milliseconds is set. */
  async armed(from: number, to = from): Promise<void> {
    while (![...this.#timers].some(({ ms }) => ms >= from && ms <= to)) {
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
    }
    this.#now = end;
  }

  get timers(): number {
    return this.#timers.size;
  }
}
