import { CursorExpiredError, PageBudgetExceededError } from '../errors.js';
import {
  type CursorPosition,
  firstPageLocation,
  indexOf,
  type PageLocation,
  rangeEnd,
  recordsBefore,
} from '../position.js';
import type { LoadedPage, PositionedRecord } from './loaded-page.js';
import { RecordLocator } from './record-locator.js';
import { filteredForwardStrategy, forwardStrategy } from './strategy.js';
import { type Walk, Walker, type WalkSettings } from './walker.js';
import { recordsOf, type Window } from './window.js';

/** The `count` matching records after `after`, or at the start of the list; none at or after `before`. */
export interface ForwardRequest {
  readonly count: number;
  readonly after: CursorPosition | null;
  readonly before: CursorPosition | null;
}

/** Start of a window: an index in a page that has been read, or the location of a page that has not. */
interface Start<R> {
  readonly page: LoadedPage<R> | null;
  readonly index: number;
  /** End of the range in the page, exclusive. */
  readonly end: number;
  readonly next: PageLocation | null;
}

/**
 * Walks forward. A window that is exactly one page takes one request. `hasNextPage` takes no request, because each page
 * states whether another one follows.
 *
 * A filtered walk whose page budget ends returns a short window, from which its last edge or its continuation leads on.
 * It can miss the end of a range in one case: if the record of `before` is in a page that the cursor `after` skips,
 * because nothing in it matched at that time, and the two cursors have different anchors.
 *
 * @throws {CursorExpiredError} when the upstream rejects the page token of `after`
 */
export function* forward<R>(request: ForwardRequest, settings: WalkSettings<R>): Walk<R, Window<R>> {
  const { count, after } = request;
  const walker = new Walker(settings);
  const last = rangeEnd(after, request.before);
  const stop = last && new RecordLocator(last);
  let { page, index, end, next } = yield* begin(walker, request, stop);
  // Page of the last record so far. Its next location is moved past the pages without a matching record that follow it.
  let tail = page;
  let records: readonly PositionedRecord<R>[] = [];
  for (;;) {
    if (page !== null && index < end) {
      const wanted = count - records.length;
      const more = recordsOf(page, index, end, wanted);
      records = records.length === 0 ? more : [...records, ...more];
      index = more.length < wanted ? end : (more.at(-1)?.index ?? index - 1) + 1;
      if (more.length > 0) tail = page;
    }
    if (page !== null && end < page.records.length) next = null;
    if (last !== null && next !== null && startsAfter(next, last)) next = null;
    // Only the first page shows whether a list has records at all, so it is read even if `count` is 0.
    const enough = records.length >= count && (page !== null || after !== null);
    if (next === null || enough || walker.remaining <= 0) break;
    page = yield* page === null && after !== null
      ? walker.reopen(next, next.precedingFingerprint ?? after.previousRecord?.key.fingerprint ?? null)
      : walker.open(next);
    index = 0;
    end = endIn(page, stop);
    next = page.next;
    // Not only up to the end of the range: the cursor can be used with another range.
    if (page.lastMatch < 0 && tail !== null) tail.next = next;
  }
  const hasNextPage = next !== null || (page?.hasMatch(index, end) ?? false);
  const truncated = records.length === 0 && count > 0 && next !== null;
  return {
    records,
    hasNextPage,
    hasPreviousPage: after !== null,
    continuation: truncated
      ? {
          previousRecord: after?.previousRecord ?? null,
          nextPage: next,
          previousPage: after?.previousPage ?? null,
        }
      : null,
    startContinuation: null,
  };
}

function* begin<R>(
  walker: Walker<R>,
  { after, count }: ForwardRequest,
  stop: RecordLocator | null,
): Walk<R, Start<R>> {
  if (after === null)
    return { page: null, index: 0, end: 0, next: firstPageLocation(walker.firstPageSize(count)) };
  const { previousRecord, nextPage: next } = after;
  // A rejection of large pages makes the restart longer, so this is evaluated again after each rejection.
  const restartIsBest = () =>
    'restart' ===
    (walker.isFiltered
      ? filteredForwardStrategy(after)
      : forwardStrategy(after, count, walker.budget, walker.largest));
  if (previousRecord !== null && restartIsBest()) {
    const hasAlternative = previousRecord.location.ref.token !== null || next !== null;
    const start = yield* restart(walker, after, previousRecord, count, hasAlternative, restartIsBest, stop);
    if (start !== null) return start;
  }
  if (previousRecord === null || next !== null) return { page: null, index: 0, end: 0, next };
  const page = yield* walker.reopen(previousRecord.location, null);
  const found = new RecordLocator(previousRecord).findIn(page);
  if (found >= 0) return startAfter(page, found, endIn(page, stop));
  const start = restartIsBest()
    ? null
    : yield* restart(walker, after, previousRecord, count, false, () => true, stop);
  if (start === null) throw new CursorExpiredError();
  return start;
}

/** @returns `null` when the record is not found and another strategy is left */
function* restart<R>(
  walker: Walker<R>,
  after: CursorPosition,
  previousRecord: NonNullable<CursorPosition['previousRecord']>,
  count: number,
  hasAlternative: boolean,
  worthwhile: () => boolean,
  stop: RecordLocator | null,
): Walk<R, Start<R> | null> {
  const expected = walker.firstPageSize(recordsBefore(after) + count);
  let end = 0;
  try {
    const { page, index } = yield* walker.seek(
      previousRecord,
      expected,
      hasAlternative,
      worthwhile,
      (seen) => {
        end = endIn(seen, stop);
      },
    );
    return startAfter(page, index, end);
  } catch (error) {
    const notFound = error instanceof CursorExpiredError || error instanceof PageBudgetExceededError;
    if (hasAlternative && notFound) return null;
    throw error;
  }
}

/** @param end - ignored unless it is after the record: a `before` that is not after `after` does not end the range */
function startAfter<R>(page: LoadedPage<R>, found: number, end: number): Start<R> {
  return { page, index: found + 1, end: end > found ? end : page.records.length, next: page.next };
}

/** End of the window in a page, exclusive: the index of the record that `before` refers to, or the end of the page. */
function endIn<R>(page: LoadedPage<R>, stop: RecordLocator | null): number {
  const index = stop === null ? -1 : stop.findIn(page);
  return index < 0 ? page.records.length : index;
}

/** Whether a page is known to start at or after the last record of a range, so that it has no record of the range. */
function startsAfter(page: PageLocation, last: NonNullable<CursorPosition['previousRecord']>): boolean {
  return page.anchor === last.location.anchor && page.offset >= indexOf(last);
}
