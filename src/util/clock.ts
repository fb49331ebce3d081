import { type AbortSignalLike, onAbort } from './abort.js';

/** What the client takes from its surroundings. Tests bring their own, and so need not wait. */
export interface Clock {
  /** Milliseconds on the clock of `performance.now()`, which never goes back. */
  now(): number;
  /** Milliseconds since 1970, to compare with the dates that the upstream names. */
  wallNow(): number;
  /** Calls back once, when `ms` milliseconds have passed, and never before. @returns what cancels it */
  after(ms: number, callback: () => void): () => void;
  /** A number in [0, 1), for jitter. */
  random(): number;
}

// A timer of Node that is set to more than this fires at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  after(ms, callback) {
    const due = performance.now() + ms;
    const set = () => setTimeout(fire, Math.min(Math.ceil(due - performance.now()), LONGEST_TIMER_MS));
    const fire = () => {
      // Node counts from when its event loop last looked at the clock, so that a busy one fires too early.
      if (performance.now() < due) timer = set();
      else callback();
    };
    let timer = set();
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

/** Waits. Rejects with the signal's reason as soon as that is aborted, and leaves no timer behind. */
export function sleep(runtime: Clock, ms: number, signal: AbortSignalLike): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const cancelTimer = runtime.after(ms, () => {
      stopListening();
      resolve();
    });
    const stopListening = onAbort(signal, () => {
      cancelTimer();
      reject(signal.reason);
    });
  });
}
