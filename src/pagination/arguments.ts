import { MAX_PAGE_SIZE } from './page.js';

/** The four connection arguments of Relay's specification. */
export interface ConnectionArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** Size of a window without `first` and `last`: the upstream's default page size. */
export const DEFAULT_WINDOW = 50;
export const MAX_WINDOW = MAX_PAGE_SIZE;

/** Validated connection arguments. Cursors are not decoded yet. */
export interface WindowRequest {
  readonly direction: 'forward' | 'backward';
  /** Number of records: 0 to `MAX_WINDOW`. */
  readonly count: number;
  readonly after: string | null;
  readonly before: string | null;
}

/** Invalid connection arguments. The message says what was expected. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

/**
 * Validates connection arguments as the GraphQL Cursor Connections specification defines them: `first` takes the window
 * from the start of the range between `after` and `before`, `last` from its end.
 *
 * An empty string counts as no cursor: Apollo Client's `relayStylePagination` sends one for a list without edges.
 *
 * Without `first` and `last` the window has `DEFAULT_WINDOW` records. It is taken from the end of the range if only
 * `before` is given.
 *
 * @returns the direction, the number of records and the cursors
 * @throws {ArgumentError} for a negative count, a count over `MAX_WINDOW`, or `first` together with `last`
 */
export function readArguments({ first, after, last, before }: ConnectionArguments): WindowRequest {
  checkCount('first', first);
  checkCount('last', last);
  if (first != null && last != null) {
    throw new ArgumentError('`first` and `last` are mutually exclusive: expected one of them');
  }
  const [start, end] = [after || null, before || null];
  const backward = last != null || (first == null && end !== null && start === null);
  return {
    direction: backward ? 'backward' : 'forward',
    count: first ?? last ?? DEFAULT_WINDOW,
    after: start,
    before: end,
  };
}

function checkCount(name: string, count: number | null | undefined): void {
  if (count == null) return;
  if (!Number.isInteger(count) || count < 0) {
    throw new ArgumentError(`\`${name}\` is ${count}: expected an integer from 0 to ${MAX_WINDOW}`);
  }
  if (count > MAX_WINDOW) {
    throw new ArgumentError(`\`${name}\` is ${count}: the limit is ${MAX_WINDOW} records`);
  }
}
