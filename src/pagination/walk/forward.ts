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
import { forwardStrategy } from './strategy.js';
import { type Walk, Walker, type WalkSettings } from './walker.js';
import { recordsOf, type Window } from './window.js';

/** The `count` records behind `after`, or at the head of the list; never beyond `before`. */
export interface ForwardRequest {
  readonly count: number;
  readonly after: CursorPosition | null;
  readonly before: CursorPosition | null;
}

/** A place to read on from: in a page at an index, or at a page that is still to be read. */
interface Start<R> {
  readonly page: LoadedPage<R> | null;
  readonly index: number;
  /** Index in the page that the range ends in front of. */
  readonly end: number;
  readonly next: PageLocation | null;
}

/**
 * Walks forward. Records that begin at a page and fill it cost one request; `hasNextPage` costs none, since
 * every page says whether another one follows.
 *
 * @throws {CursorExpiredError} when the upstream no longer honours the page that `after` leads to
 */
export function* forward<R>(request: ForwardRequest, settings: WalkSettings<R>): Walk<R, Window<R>> {
  const { count, after } = request;
  const walker = new Walker(settings);
  const last = rangeEnd(after, request.before);
  const stop = last && new RecordLocator(last);
  let { page, index, end, next } = yield* begin(walker, request, stop);
  // The last page with a record so far: it learns how the list goes on behind the empty pages that follow it.
  let tail = page;
  let entries: readonly PositionedRecord<R>[] = [];
  for (;;) {
    if (page !== null && index < end) {
      const taken = Math.min(end, index + count - entries.length);
      const more = recordsOf(page, index, taken);
      entries = entries.length === 0 ? more : [...entries, ...more];
      index = taken;
      tail = page;
    }
    if (page !== null && end < page.records.length) next = null;
    if (last !== null && next !== null && beginsAt(next, last)) next = null;
    // Whether a list has any record is only known from its head, even when none of them is wanted.
    const enough = entries.length >= count && (page !== null || after !== null);
    if (next === null || enough || walker.left <= 0) break;
    page = yield* page === null && after !== null
      ? walker.reopen(next, after.previousRecord?.record.fingerprint ?? null)
      : walker.open(next);
    index = 0;
    end = endIn(page, stop);
    next = page.next;
    if (page.records.length === 0 && tail !== null) tail.next = next;
  }
  const hasNextPage = index < end || next !== null;
  const cutShort = entries.length === 0 && count > 0 && next !== null;
  return {
    records: entries,
    hasNextPage,
    hasPreviousPage: after !== null,
    continuation: cutShort
      ? {
          previousRecord: after?.previousRecord ?? null,
          nextPage: next,
          previousPage: after?.previousPage ?? null,
        }
      : null,
  };
}

function* begin<R>(
  walker: Walker<R>,
  { after, count }: ForwardRequest,
  stop: RecordLocator | null,
): Walk<R, Start<R>> {
  if (after === null) return { page: null, index: 0, end: 0, next: firstPageLocation(count) };
  const { previousRecord: behind, nextPage: next } = after;
  const route = forwardStrategy(after, count, walker.budget);
  if (behind !== null && route === 'head') {
    // Its page's token, if it has one, leads there too.
    const hasOtherWay = behind.hop.ref.token !== null || next !== null;
    const start = yield* fromTheHead(walker, after, behind, count, hasOtherWay, stop);
    if (start !== null) return start;
  }
  if (behind === null || next !== null) return { page: null, index: 0, end: 0, next };
  const page = yield* walker.reopen(behind.hop, null);
  const found = new RecordLocator(behind).findIn(page);
  if (found >= 0) return startAfter(page, found, endIn(page, stop));
  const start = route === 'head' ? null : yield* fromTheHead(walker, after, behind, count, false, stop);
  if (start === null) throw new CursorExpiredError();
  return start;
}

/** @returns `null` when the record is not where it should be, and there is another way to it */
function* fromTheHead<R>(
  walker: Walker<R>,
  after: CursorPosition,
  behind: NonNullable<CursorPosition['previousRecord']>,
  count: number,
  hasOtherWay: boolean,
  stop: RecordLocator | null,
): Walk<R, Start<R> | null> {
  const expected = recordsBefore(after) + count;
  let end = 0;
  try {
    const { page, index } = yield* walker.seek(behind, expected, hasOtherWay, (seen) => {
      end = endIn(seen, stop);
    });
    return startAfter(page, index, end);
  } catch (error) {
    const missed = error instanceof CursorExpiredError || error instanceof PageBudgetExceededError;
    if (hasOtherWay && missed) return null;
    throw error;
  }
}

/** @param end - ignored where it is not behind the record: a range that ends before it begins has no end */
function startAfter<R>(page: LoadedPage<R>, found: number, end: number): Start<R> {
  return { page, index: found + 1, end: end > found ? end : page.records.length, next: page.next };
}

/** Where the window has to end in a page: in front of the record that it must not reach. */
function endIn<R>(page: LoadedPage<R>, stop: RecordLocator | null): number {
  const index = stop === null ? -1 : stop.findIn(page);
  return index < 0 ? page.records.length : index;
}

/** Whether a page is known to begin no earlier than a record: then nothing of it belongs to the range. */
function beginsAt(page: PageLocation, record: NonNullable<CursorPosition['previousRecord']>): boolean {
  return page.anchor === record.hop.anchor && page.offset >= indexOf(record);
}
