import { PageBudgetExceededError } from '../errors.js';
import { MAX_PAGE_SIZE, type PageRef } from '../page.js';
import { type CursorPosition, type PageLocation, rangeEnd, recordsBefore } from '../position.js';
import { type LoadedPage, type PositionedRecord, positionOf, withToken } from './loaded-page.js';
import { RecordLocator } from './record-locator.js';
import { backwardStrategy, pagesFromStart } from './strategy.js';
import { type Walk, Walker, type WalkSettings } from './walker.js';
import { recordsOf, type Window } from './window.js';

/** The `count` matching records before `before`, or at the end of the list; none at or before `after`. */
export interface BackwardRequest {
  readonly count: number;
  readonly before: CursorPosition | null;
  readonly after: CursorPosition | null;
}

/**
 * Walks backward: through previous pages as long as the upstream accepts their page tokens, else from the first page.
 * Records are returned in list order, as the connection specification requires.
 *
 * A filtered walk whose page budget ends returns a short window, from which its first edge or its start continuation
 * leads on.
 *
 * @throws {PageBudgetExceededError} when the page budget is used up before the window is reached: the end of the list, or
 *   the record of `before` in a walk from the first page
 */
export function* backward<R>(request: BackwardRequest, settings: WalkSettings<R>): Walk<R, Window<R>> {
  const walker = new Walker(settings);
  const { before, after, count } = request;
  const last = rangeEnd(after, before);
  if (before === null || last === null) return lastOfRange(request, yield* toTheEnd(walker, after), false);
  if (walker.isFiltered) {
    const range =
      (yield* throughOwnPage(walker, before, last, request)) ??
      (yield* restart(walker, last, MAX_PAGE_SIZE, after, () => true));
    return lastOfRange(request, range, true);
  }
  // A rejection of large pages makes the restart longer, so this is evaluated again after each rejection.
  const restartIsBest = () => backwardStrategy(before, count, walker.budget, walker.largest) === 'restart';
  let range: Range<R> | null = null;
  if (restartIsBest()) range = yield* restartWhile(restartIsBest, walker, last, recordsBefore(before), after);
  range ??= yield* throughPrevious(walker, before, last, request);
  // The previous pages were rejected, which took a request: the restart reads the largest pages, so that it does not
  // have to change its page size too.
  range ??= yield* restart(walker, last, MAX_PAGE_SIZE, after, () => true);
  return lastOfRange(request, range, true);
}

/** @returns `null` when a rejected page size makes another strategy better. */
function* restartWhile<R>(
  isBest: () => boolean,
  walker: Walker<R>,
  last: NonNullable<CursorPosition['previousRecord']>,
  expected: number,
  after: CursorPosition | null,
): Walk<R, Range<R> | null> {
  try {
    return yield* restart(walker, last, expected, after, isBest);
  } catch (error) {
    if (error instanceof PageBudgetExceededError && !isBest()) return null;
    throw error;
  }
}

/** Records between two cursors, as far as they have been read. */
interface Range<R> {
  readonly records: readonly PositionedRecord<R>[];
  /** Whether the list or the range has records before these. */
  readonly hasPrevious: boolean;
  /** Position before these records, as far as previous pages have been read. */
  readonly start: CursorPosition | null;
}

function lastOfRange<R>(
  { count }: BackwardRequest,
  { records, hasPrevious, start: continuation }: Range<R>,
  hasNextPage: boolean,
): Window<R> {
  const start = Math.max(0, records.length - count);
  return {
    records: records.slice(start),
    hasNextPage,
    hasPreviousPage: hasPrevious || start > 0,
    continuation: null,
    startContinuation: records.length === 0 && count > 0 && hasPrevious ? continuation : null,
  };
}

/** Collects the matching records after `after`, or all of them, from pages that are read in list order. */
class Collector<R> {
  readonly #locator: RecordLocator | null;
  records: PositionedRecord<R>[] = [];

  constructor(after: CursorPosition | null) {
    this.#locator = after?.previousRecord == null ? null : new RecordLocator(after.previousRecord);
  }

  /** @param end - end of the range in the page, exclusive */
  add(page: LoadedPage<R>, end = page.records.length): void {
    const from = this.#locator?.findIn(page) ?? -1;
    if (from >= 0) this.records = [];
    this.records.push(...recordsOf(page, from + 1, end));
  }
}

function* toTheEnd<R>(walker: Walker<R>, after: CursorPosition | null): Walk<R, Range<R>> {
  const collector = new Collector<R>(after);
  let page = yield* walker.firstPage(MAX_PAGE_SIZE);
  collector.add(page);
  while (page.next !== null) {
    if (walker.remaining <= 0) throw new PageBudgetExceededError(walker.budget);
    page = yield* walker.open(page.next);
    collector.add(page);
  }
  return { records: collector.records, hasPrevious: false, start: null };
}

function* restart<R>(
  walker: Walker<R>,
  wanted: NonNullable<CursorPosition['previousRecord']>,
  expected: number,
  after: CursorPosition | null,
  worthwhile: () => boolean,
): Walk<R, Range<R>> {
  const pages: LoadedPage<R>[] = [];
  const { page: last, index } = yield* walker.seek(wanted, expected, false, worthwhile, (page) => {
    if (page.location.ref.token === null) pages.length = 0;
    pages.push(page);
  });
  const collector = new Collector<R>(after);
  for (const page of pages) collector.add(page, page === last ? index : undefined);
  return { records: collector.records, hasPrevious: false, start: null };
}

/** @returns `null` when the upstream rejects a page token, or the record is not in its page any more. */
function* throughPrevious<R>(
  walker: Walker<R>,
  before: CursorPosition,
  { location, key }: NonNullable<CursorPosition['previousRecord']>,
  { count, after }: BackwardRequest,
): Walk<R, Range<R> | null> {
  const ownPages = key.index > 0 ? 1 : 0;
  // Previous pages are read first: if they are rejected, no request has been spent on the cursor's own page.
  const preceding = yield* precedingRecords(walker, before, location, count - key.index, after, ownPages);
  if (preceding.isInterrupted) return null;
  if (ownPages === 0) return preceding;
  const page = yield* walker.reopen(location, null);
  const index = new RecordLocator({ location, key }).findIn(page);
  if (index < 0) return null;
  const from = indexAfter(after, page);
  const own = recordsOf(page, from, index);
  return from > 0
    ? { records: own, hasPrevious: false, start: null }
    : { ...preceding, records: [...preceding.records, ...own] };
}

/**
 * Reads the cursor's own page before previous pages: with a filter, only the page itself shows how many records of the
 * window it has.
 *
 * @returns `null` when the walk has to restart from the first page. If the rest of the budget cannot be enough for that,
 *   the records read so far are returned, and the next window restarts with a whole budget
 */
function* throughOwnPage<R>(
  walker: Walker<R>,
  before: CursorPosition,
  last: NonNullable<CursorPosition['previousRecord']>,
  { count, after }: BackwardRequest,
): Walk<R, Range<R> | null> {
  const { location, key } = last;
  // The first page moves when records arrive, so the record has to be searched in any case.
  if (location.ref.token === null) return null;
  let from = before;
  let own: PositionedRecord<R>[] = [];
  if (key.index > 0) {
    const page = yield* walker.reopen(location, null);
    const index = new RecordLocator(last).findIn(page);
    if (index < 0) return null;
    const start = indexAfter(after, page);
    own = recordsOf(page, start, index);
    if (start > 0) return { records: own, hasPrevious: false, start: null };
    from = { ...positionOf({ page, index: 0 }), previousPage: before.previousPage };
  }
  const preceding = yield* precedingRecords(walker, from, location, count - own.length, after, 0);
  const { remaining, budget, largest } = walker;
  const canRestart = remaining === budget || remaining >= pagesFromStart(recordsBefore(before), largest);
  if (preceding.isInterrupted && canRestart) return null;
  return { ...preceding, records: [...preceding.records, ...own] };
}

/** Records of previous pages. */
interface Preceding<R> extends Range<R> {
  /** Whether only a restart leads to more records: the next previous page has no page token, or it was rejected. */
  readonly isInterrupted: boolean;
}

/**
 * Reads previous pages until there are `wanted` records, or the record of `after` is found.
 *
 * @param location - page of the previous record of `from`
 * @param reserved - pages of the budget that must be left
 */
function* precedingRecords<R>(
  walker: Walker<R>,
  from: CursorPosition,
  location: PageLocation,
  wanted: number,
  after: CursorPosition | null,
  reserved: number,
): Walk<R, Preceding<R>> {
  let records: PositionedRecord<R>[] = [];
  let earliest: LoadedPage<R> | null = null;
  let ref = withToken(from.previousPage);
  let hasPrevious = ref !== null || location.offset > 0;
  let isInterrupted = false;
  while (hasPrevious && records.length < wanted && walker.remaining > reserved) {
    const page: LoadedPage<R> | null = ref === null ? null : yield* walker.back(ref, location);
    if (page === null) {
      isInterrupted = true;
      ref = null;
      break;
    }
    const start = indexAfter(after, page);
    records = [...recordsOf(page, start, page.records.length), ...records];
    location = page.location;
    if (page.records.length > 0) earliest = page;
    ref = withToken(page.previous);
    // A positive offset means preceding records, even if the upstream refers to no previous page.
    hasPrevious = start === 0 && (page.previous !== null || page.location.offset > 0);
  }
  return {
    records,
    hasPrevious,
    isInterrupted,
    start: records.length > 0 ? null : startAt(earliest, from, ref),
  };
}

/**
 * The position from which the next window continues, where this one has no records.
 *
 * @param earliest - earliest page that was read and has records: the position is that of its first record. `null`: no
 *   such page was read, and the position is `from`
 * @param previousPage - page to continue with, in place of the previous page of that position
 */
function startAt<R>(
  earliest: LoadedPage<R> | null,
  from: CursorPosition,
  previousPage: PageRef | null,
): CursorPosition {
  return { ...(earliest === null ? from : positionOf({ page: earliest, index: 0 })), previousPage };
}

/** Index after the record that `after` refers to, or 0 if that record is not in the page. */
function indexAfter<R>(after: CursorPosition | null, page: LoadedPage<R>): number {
  return after?.previousRecord == null ? 0 : new RecordLocator(after.previousRecord).findIn(page) + 1;
}
