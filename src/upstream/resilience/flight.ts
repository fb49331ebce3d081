import type { AbortSignalLike } from '../../util/abort.js';

/** A request in flight, shared by all its waiters. */
export interface Flight {
  /** Aborted when the last waiter has left. */
  readonly signal: AbortSignalLike;
  /** Latest deadline of the current waiters, in the time of `Clock.now`. */
  deadline(): number;
  /** Whether all current waiters are background operations (`RequestScope.background`). */
  isBackground(): boolean;
  /**
   * Sets the listener that is called when `isBackground` has changed. There is one, because a request waits at one place
   * at a time.
   *
   * @param listener - `null` removes it
   */
  watchPriority(listener: (() => void) | null): void;
}
