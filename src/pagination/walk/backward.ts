import { PageBudgetExceededError } from '../errors.js';
import { MAX_PAGE_SIZE, type PageRef } from '../page.js';
import { type CursorPosition, type PageLocation, rangeEnd, recordsBefore } from '../position.js';
import { type LoadedPage, type PositionedRecord, withToken } from './loaded-page.js';
import { RecordLocator } from './record-locator.js';
import { backwardStrategy } from './strategy.js';
import { type Walk, Walker, type WalkSettings } from './walker.js';
import { recordsOf, type Window } from './window.js';

/** The `count` records before `before`, or at the end of the list; none at or before `after`. */
export interface BackwardRequest {
  readonly count: number;
  readonly before: CursorPosition | null;
  readonly after: CursorPosition | null;
}

/**
 * Walks backward: through previous pages as long as the upstream accepts their page tokens, else from the first page.
 * Records are returned in list order, as the connection specification requires.
 *
 * @throws {PageBudgetExceededError} when the page budget is used up before the window is reached
 */
export function* backward<R>(request: BackwardRequest, settings: WalkSettings<R>): Walk<R, Window<R>> {
  const walker = new Walker(settings);
  const { before, after, count } = request;
  const last = rangeEnd(after, before);
  if (before === null || last === null) return lastOfRange(request, yield* toTheEnd(walker, after), false);
  // A rejection of large pages makes the restart longer, so this is evaluated again after each rejection.
  const restartIsBest = () => backwardStrategy(before, count, walker.budget, walker.largest) === 'restart';
  let range: Range<R> | null = null;
  if (restartIsBest()) range = yield* restartWhile(restartIsBest, walker, last, recordsBefore(before), after);
  range ??= yield* throughPrevious(walker, last, before.previousPage, request);
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
}

function lastOfRange<R>(
  { count }: BackwardRequest,
  { records, hasPrevious }: Range<R>,
  hasNextPage: boolean,
): Window<R> {
  const start = Math.max(0, records.length - count);
  return {
    records: records.slice(start),
    hasNextPage,
    hasPreviousPage: hasPrevious || start > 0,
    continuation: null,
  };
}

/** Collects the records after `after`, or all records, from pages that are read in list order. */
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
  return { records: collector.records, hasPrevious: false };
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
  return { records: collector.records, hasPrevious: false };
}

/** @returns `null` when the upstream rejects a page token, or the record is not in its page any more. */
function* throughPrevious<R>(
  walker: Walker<R>,
  { location, key }: NonNullable<CursorPosition['previousRecord']>,
  previous: PageRef | null,
  { count, after }: BackwardRequest,
): Walk<R, Range<R> | null> {
  const ownPages = key.index > 0 ? 1 : 0;
  // Previous pages are read first: if they are rejected, no request has been spent on the cursor's own page.
  const preceding = yield* precedingRecords(walker, location, previous, count - key.index, after, ownPages);
  if (preceding === null || ownPages === 0) return preceding;
  const page = yield* walker.reopen(location, null);
  const index = new RecordLocator({ location, key }).findIn(page);
  if (index < 0) return null;
  const from = indexAfter(after, page);
  const own = recordsOf(page, from, index);
  return from > 0
    ? { records: own, hasPrevious: false }
    : { records: [...preceding.records, ...own], hasPrevious: preceding.hasPrevious };
}

/**
 * Reads previous pages until there are `wanted` records, or the record of `after` is found.
 *
 * @param reserved - pages of the budget that must be left
 * @returns `null` when the upstream rejects a page token
 */
function* precedingRecords<R>(
  walker: Walker<R>,
  from: PageLocation,
  previous: PageRef | null,
  wanted: number,
  after: CursorPosition | null,
  reserved: number,
): Walk<R, Range<R> | null> {
  let records: PositionedRecord<R>[] = [];
  let location = from;
  let ref = withToken(previous);
  let hasPrevious = ref !== null || from.offset > 0;
  while (hasPrevious && records.length < wanted && walker.remaining > reserved) {
    const page = ref === null ? null : yield* walker.back(ref, location);
    if (page === null) return null;
    const start = indexAfter(after, page);
    records = [...recordsOf(page, start, page.records.length), ...records];
    location = page.location;
    ref = withToken(page.previous);
    // A positive offset means preceding records, even if the upstream refers to no previous page.
    hasPrevious = start === 0 && (page.previous !== null || page.location.offset > 0);
  }
  return { records, hasPrevious };
}

/** Index after the record that `after` refers to, or 0 if that record is not in the page. */
function indexAfter<R>(after: CursorPosition | null, page: LoadedPage<R>): number {
  return after?.previousRecord == null ? 0 : new RecordLocator(after.previousRecord).findIn(page) + 1;
}
