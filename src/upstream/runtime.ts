import { onAbort } from './abort.js';

/** What the client takes from its surroundings. Tests bring their own, and so need not wait. */
export interface Runtime {
  /** Milliseconds on the clock of `performance.now()`, which never goes back. */
  now(): number;
  /** Milliseconds since 1970, to compare with the dates that the upstream names. */
  wallNow(): number;
  /** Calls back once, after `ms` milliseconds. @returns what cancels it */
  after(ms: number, callback: () => void): () => void;
  /** A number in [0, 1), for jitter. */
  random(): number;
}

// A timer of Node that is set to more than this fires at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemRuntime: Runtime = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

/** Waits. Rejects with the signal's reason as soon as that is aborted, and leaves no timer behind. */
export function sleep(runtime: Runtime, ms: number, signal: AbortSignal): Promise<void> {
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
