import { fingerprint } from '../cursor/fingerprint.js';

/**
 * How a walk came to a page, in the little that fits into a cursor: enough to notice that it goes round.
 *
 * A walk may span many operations on many instances, and nobody keeps its tokens. Brent's cycle detection
 * needs only one remembered token, moved up at every power of two: a circle of any length is noticed.
 */
export interface CycleState {
  /** Pages behind the head of the list. */
  readonly steps: number;
  /** Fingerprint of the token met at the last power of two; 0 at the head. */
  readonly marked: number;
}

export const AT_FIRST_PAGE: CycleState = { steps: 0, marked: 0 };

/** The upstream gave a page token that this walk has already used. */
export class RepeatedTokenError extends Error {
  override readonly name = 'RepeatedTokenError';

  constructor() {
    super('the upstream gave the same page token twice');
  }
}

/**
 * Takes one step along the list.
 *
 * @param token - the token of the page to come
 * @throws {RepeatedTokenError}
 */
export function advance(trail: CycleState, token: string): CycleState {
  const tokenPrint = fingerprint(token);
  if (tokenPrint === trail.marked) throw new RepeatedTokenError();
  const steps = trail.steps + 1;
  return { steps, marked: isPowerOfTwo(steps) ? tokenPrint : trail.marked };
}

function isPowerOfTwo(steps: number): boolean {
  return (steps & (steps - 1)) === 0;
}
