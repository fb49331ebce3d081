import { fingerprint } from '../cursor/fingerprint.js';

/**
 * State of Brent's cycle detection, small enough for a cursor.
 *
 * A walk may span many operations on many instances, and no instance stores its page tokens. Brent's algorithm
 * remembers one token and replaces it at each power of two, so it detects cycles of any length.
 */
export interface CycleState {
  /** Pages between the first page and this one. */
  readonly steps: number;
  /** Fingerprint of the page token at the last power of two; 0 at the first page. */
  readonly marked: number;
}

export const AT_FIRST_PAGE: CycleState = { steps: 0, marked: 0 };

/** The upstream returned a page token that this walk has already used. */
export class RepeatedTokenError extends Error {
  override readonly name = 'RepeatedTokenError';

  constructor() {
    super('The upstream returned the same page token twice.');
  }
}

/**
 * Advances to the next page of the walk.
 *
 * @param token - page token of the next page
 * @returns the state at that page
 * @throws {RepeatedTokenError} when the token is the remembered one
 */
export function advance(state: CycleState, token: string): CycleState {
  const tokenFingerprint = fingerprint(token);
  if (tokenFingerprint === state.marked) throw new RepeatedTokenError();
  const steps = state.steps + 1;
  return { steps, marked: isPowerOfTwo(steps) ? tokenFingerprint : state.marked };
}

function isPowerOfTwo(steps: number): boolean {
  return (steps & (steps - 1)) === 0;
}
