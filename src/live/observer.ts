import type { EventKind } from './event.js';

/** Outcome of a poll: whether the list has changed since the poll before, or that there was no response. */
type PollOutcome = 'changed' | 'unchanged' | 'failed';

/** Receives what happens, for metrics. */
export interface LiveObserver {
  poll(outcome: PollOutcome): void;
  /**
   * An event was handed out.
   *
   * @param ageMs - since its data was requested from the upstream
   */
  event(kind: EventKind, ageMs: number): void;
}
