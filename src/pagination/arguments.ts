import { MAX_PAGE_SIZE } from './page.js';

/** Relay's four connection arguments, as GraphQL hands them over. */
export interface ConnectionArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** Records in a window when neither `first` nor `last` is given; the upstream's own default page. */
export const DEFAULT_WINDOW = 50;
export const MAX_WINDOW = MAX_PAGE_SIZE;

/** What is asked for, once the arguments are known to make sense. Cursors are still text here. */
export interface WindowRequest {
  readonly direction: 'forward' | 'backward';
  /** Records wanted: 0 to `MAX_WINDOW`. */
  readonly count: number;
  readonly after: string | null;
  readonly before: string | null;
}

/** Connection arguments that make no sense. The message says what was expected. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

/**
 * Reads the arguments of a connection, after the GraphQL Cursor Connections specification: the count says
 * which end of the range between `after` and `before` the window is taken from.
 *
 * With no count it is 50, taken from the end that has a cursor: `before` alone asks for the 50 in front of it.
 *
 * @throws {ArgumentError} for a negative count, one over 1,000, or `first` together with `last`
 */
export function readArguments({ first, after, last, before }: ConnectionArguments): WindowRequest {
  checkCount('first', first);
  checkCount('last', last);
  if (first != null && last != null) {
    throw new ArgumentError('`first` and `last` cannot be given together: expected one of them');
  }
  const backward = last != null || (first == null && before != null && after == null);
  return {
    direction: backward ? 'backward' : 'forward',
    count: first ?? last ?? DEFAULT_WINDOW,
    after: after ?? null,
    before: before ?? null,
  };
}

function checkCount(name: string, count: number | null | undefined): void {
  if (count == null) return;
  if (!Number.isInteger(count) || count < 0) {
    throw new ArgumentError(`\`${name}\` is ${count}: expected an integer from 0 to ${MAX_WINDOW}`);
  }
  if (count > MAX_WINDOW) {
    throw new ArgumentError(`\`${name}\` is ${count}: at most ${MAX_WINDOW} records come in one window`);
  }
}
