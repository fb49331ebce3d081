import type { AbortSignalLike } from '../../util/abort.js';

/** A request in flight, shared by all its waiters. */
export interface Flight {
  /** Aborted when the last waiter has left. */
  readonly signal: AbortSignalLike;
  /** Latest deadline of the current waiters, in the time of `Clock.now`. */
  deadline(): number;
}
