import { PageBudgetExceededError } from '../errors.js';
import { MAX_PAGE_SIZE, type PageRef } from '../page.js';
import { type CursorPosition, type PageLocation, rangeEnd, recordsBefore } from '../position.js';
import { type LoadedPage, type PositionedRecord, withToken } from './loaded-page.js';
import { RecordLocator } from './record-locator.js';
import { backwardStrategy } from './strategy.js';
import { type Walk, Walker, type WalkSettings } from './walker.js';
import { recordsOf, type Window } from './window.js';

/** The `count` records in front of `before`, or at the end of the list; never those up to `after`. */
export interface BackwardRequest {
  readonly count: number;
  readonly before: CursorPosition | null;
  readonly after: CursorPosition | null;
}

/**
 * Walks backward, over previous pages where their tokens lead there and the upstream honours them, else from
 * the head of the list. Order is the list's own, as the connection specification demands.
 *
 * @throws {PageBudgetExceededError} when the budget ends before the place is reached
 */
export function* backward<R>(request: BackwardRequest, settings: WalkSettings<R>): Walk<R, Window<R>> {
  const walker = new Walker(settings);
  const { before, after, count } = request;
  const behind = rangeEnd(after, before);
  if (before === null || behind === null) return lastOfRange(request, yield* toTheEnd(walker, after), false);
  const route = backwardStrategy(before, count, walker.budget);
  let range: Range<R> | null = null;
  if (route !== 'head') range = yield* overPrevious(walker, behind, before.previousPage, request);
  // Where the way back has failed and cost a request, the head is read in pages that cannot be too small.
  const expected = route === 'head' ? recordsBefore(before) : MAX_PAGE_SIZE;
  range ??= yield* fromTheHead(walker, behind, expected, after);
  return lastOfRange(request, range, true);
}

/** Records between two cursors, as far as they have been read. */
interface Range<R> {
  readonly records: readonly PositionedRecord<R>[];
  /** Whether the list, or the range, has records in front of these. */
  readonly more: boolean;
}

function lastOfRange<R>(
  { count }: BackwardRequest,
  { records: entries, more }: Range<R>,
  hasNextPage: boolean,
): Window<R> {
  const start = Math.max(0, entries.length - count);
  return {
    records: entries.slice(start),
    hasNextPage,
    hasPreviousPage: more || start > 0,
    continuation: null,
  };
}

/** Collects what comes behind `after`, or all, from pages that are read in list order. */
class Collector<R> {
  readonly #locator: RecordLocator | null;
  records: PositionedRecord<R>[] = [];

  constructor(after: CursorPosition | null) {
    this.#locator = after?.previousRecord == null ? null : new RecordLocator(after.previousRecord);
  }

  /** @param end - index in the page that the range ends in front of */
  take(page: LoadedPage<R>, end = page.records.length): void {
    const from = this.#locator?.findIn(page) ?? -1;
    if (from >= 0) this.records = [];
    this.records.push(...recordsOf(page, from + 1, end));
  }
}

function* toTheEnd<R>(walker: Walker<R>, after: CursorPosition | null): Walk<R, Range<R>> {
  const collector = new Collector<R>(after);
  let page = yield* walker.head(MAX_PAGE_SIZE);
  collector.take(page);
  while (page.next !== null) {
    if (walker.left <= 0) throw new PageBudgetExceededError(walker.budget);
    page = yield* walker.open(page.next);
    collector.take(page);
  }
  return { records: collector.records, more: false };
}

function* fromTheHead<R>(
  walker: Walker<R>,
  behind: NonNullable<CursorPosition['previousRecord']>,
  expected: number,
  after: CursorPosition | null,
): Walk<R, Range<R>> {
  const pages: LoadedPage<R>[] = [];
  const { page: last, index } = yield* walker.seek(behind, expected, false, (page) => {
    if (page.location.ref.token === null) pages.length = 0;
    pages.push(page);
  });
  const collector = new Collector<R>(after);
  for (const page of pages) collector.take(page, page === last ? index : undefined);
  return { records: collector.records, more: false };
}

/** @returns `null` when the upstream does not lead back there, so that the head is the only way. */
function* overPrevious<R>(
  walker: Walker<R>,
  { hop, record }: NonNullable<CursorPosition['previousRecord']>,
  previous: PageRef | null,
  { count, after }: BackwardRequest,
): Walk<R, Range<R> | null> {
  const ownPages = record.index > 0 ? 1 : 0;
  // Previous pages come first: where they are refused, no request has been spent on the cursor's own page.
  const front = yield* pagesInFront(walker, hop, previous, count - record.index, after, ownPages);
  if (front === null || ownPages === 0) return front;
  const page = yield* walker.reopen(hop, null);
  const index = new RecordLocator({ hop, record }).findIn(page);
  if (index < 0) return null;
  const from = indexAfter(after, page);
  const own = recordsOf(page, from, index);
  return from > 0 ? { records: own, more: false } : { records: [...front.records, ...own], more: front.more };
}

/**
 * Reads back from a page, until `wanted` records are there or `after` has been met.
 *
 * @param reserved - pages of the budget that are not for this
 */
function* pagesInFront<R>(
  walker: Walker<R>,
  from: PageLocation,
  previous: PageRef | null,
  wanted: number,
  after: CursorPosition | null,
  reserved: number,
): Walk<R, Range<R> | null> {
  let entries: PositionedRecord<R>[] = [];
  let behind = from;
  let ref = withToken(previous);
  let more = ref !== null || from.offset > 0;
  while (more && entries.length < wanted && walker.left > reserved) {
    const page = ref === null ? null : yield* walker.back(ref, behind);
    if (page === null) return null;
    const start = indexAfter(after, page);
    entries = [...recordsOf(page, start, page.records.length), ...entries];
    behind = page.location;
    ref = withToken(page.previous);
    // Records may be in front even where the upstream names no page with them.
    more = start === 0 && (page.previous !== null || page.location.offset > 0);
  }
  return { records: entries, more };
}

/** The index behind the record that the range begins with, or 0 when that is not in the page. */
function indexAfter<R>(after: CursorPosition | null, page: LoadedPage<R>): number {
  return after?.previousRecord == null ? 0 : new RecordLocator(after.previousRecord).findIn(page) + 1;
}
