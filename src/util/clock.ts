import { type AbortSignalLike, onAbort } from './abort.js';

/** Time, timers and randomness. Tests inject another clock, so that they need not wait. */
export interface Clock {
  /** Milliseconds of the monotonic clock `performance.now()`. */
  now(): number;
  /** Milliseconds since 1970, for comparisons with dates of the upstream. */
  wallNow(): number;
  /** Calls `callback` once, after at least `ms` milliseconds. @returns function that cancels the timer */
  after(ms: number, callback: () => void): () => void;
  /** A number in [0, 1), for jitter. */
  random(): number;
}

// Node fires a timer with a longer delay immediately.
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  after(ms, callback) {
    const due = performance.now() + ms;
    const set = () => setTimeout(fire, Math.min(Math.ceil(due - performance.now()), MAX_TIMER_MS));
    const fire = () => {
      // Node measures the delay from the cached time of the event loop, so a timer can fire too early in a busy loop.
      if (performance.now() < due) timer = set();
      else callback();
    };
    let timer = set();
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

/** A time of `Clock.now` as an instant: `2026-11-24T08:20:00.000Z`. */
export function instantOf(clock: Pick<Clock, 'now' | 'wallNow'>, at: number): string {
  return new Date(clock.wallNow() - (clock.now() - at)).toISOString();
}

/** Waits for `ms` milliseconds. Rejects with the signal's reason when it is aborted, and clears the timer. */
export function sleep(clock: Clock, ms: number, signal: AbortSignalLike): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const cancelTimer = clock.after(ms, () => {
      resolve();
      stopListening();
    });
    const stopListening = onAbort(signal, () => {
      reject(signal.reason);
      cancelTimer();
    });
  });
}
