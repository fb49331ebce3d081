import { TooFarError } from './errors.js';
import { Finder } from './finder.js';
import { MAX_PAGE_SIZE } from './page.js';
import { routeBackward } from './plan.js';
import { type Position, recordsInFront } from './position.js';
import { byToken, type Entry, type WalkedPage } from './walked-page.js';
import { type Walk, Walker, type WalkSettings } from './walker.js';
import { entriesOf, type Window } from './window.js';

/** The `count` records in front of `before`, or at the end of the list; never those up to `after`. */
export interface BackwardRequest {
  readonly count: number;
  readonly before: Position | null;
  readonly after: Position | null;
}

/**
 * Walks backward, over previous pages where their tokens lead there and the upstream honours them, else from
 * the head of the list. Order is the list's own, as the connection specification demands.
 *
 * @throws {TooFarError} when the budget ends before the place is reached
 */
export function* backward<R>(request: BackwardRequest, settings: WalkSettings<R>): Walk<R, Window<R>> {
  const walker = new Walker(settings);
  const { before } = request;
  if (before?.behind == null) return lastOfRange(request, yield* toTheEnd(walker, request.after), false);
  const route = routeBackward(before, request.count);
  const range = route === 'head' ? null : yield* overPrevious(walker, before, request);
  return lastOfRange(request, range ?? (yield* fromTheHead(walker, before, request.after)), true);
}

/** Records between two cursors, as far as they have been read. */
interface Range<R> {
  readonly entries: readonly Entry<R>[];
  /** Whether the list, or the range, has records in front of these. */
  readonly more: boolean;
}

function lastOfRange<R>(
  { count }: BackwardRequest,
  { entries, more }: Range<R>,
  hasNextPage: boolean,
): Window<R> {
  const start = Math.max(0, entries.length - count);
  return {
    entries: entries.slice(start),
    hasNextPage,
    hasPreviousPage: more || start > 0,
    resume: null,
  };
}

/** Collects what comes behind `after`, or all, from pages that are read in list order. */
class Collector<R> {
  readonly #after: Position['behind'];
  #finder: Finder | null = null;
  entries: Entry<R>[] = [];

  constructor(after: Position | null) {
    this.#after = after?.behind ?? null;
  }

  /** @param end - index in the page that the range ends in front of */
  take(page: WalkedPage<R>, end = page.records.length): void {
    if (page.hop.offset === 0) {
      this.entries = [];
      this.#finder = this.#after && new Finder(this.#after);
    }
    const from = this.#finder?.findIn(page) ?? -1;
    if (from >= 0) this.entries = [];
    this.entries.push(...entriesOf(page, from + 1, end));
  }
}

function* toTheEnd<R>(walker: Walker<R>, after: Position | null): Walk<R, Range<R>> {
  const collector = new Collector<R>(after);
  let page = yield* walker.head(MAX_PAGE_SIZE);
  collector.take(page);
  while (page.next !== null) {
    if (walker.exhausted) throw new TooFarError(walker.budget);
    page = yield* walker.open(page.next);
    collector.take(page);
  }
  return { entries: collector.entries, more: false };
}

function* fromTheHead<R>(walker: Walker<R>, before: Position, after: Position | null): Walk<R, Range<R>> {
  if (before.behind === null) return yield* toTheEnd(walker, after);
  const pages: WalkedPage<R>[] = [];
  const { page: last, index } = yield* walker.seek(before.behind, recordsInFront(before), (page) => {
    if (page.hop.offset === 0) pages.length = 0;
    pages.push(page);
  });
  const collector = new Collector<R>(after);
  for (const page of pages) collector.take(page, page === last ? index : undefined);
  return { entries: collector.entries, more: false };
}

/** @returns `null` when the upstream does not lead back there, so that the head is the only way. */
function* overPrevious<R>(
  walker: Walker<R>,
  before: Position,
  request: BackwardRequest,
): Walk<R, Range<R> | null> {
  const { behind } = before;
  if (behind === null) return null;
  // Previous pages come first: where they are refused, no request has been spent on the cursor's own page.
  const front = yield* pagesInFront(walker, before, request.count - behind.record.index, request.after);
  if (front === null || behind.record.index === 0) return front;
  const page = yield* walker.reopen(behind.hop);
  const index = new Finder(behind).findIn(page);
  if (index < 0) return null;
  const from = indexBehind(request.after, page);
  const own = entriesOf(page, from, index);
  return from > 0 ? { entries: own, more: false } : { entries: [...front.entries, ...own], more: front.more };
}

/** Reads back from the page of `before`, until `wanted` records are there or `after` has been met. */
function* pagesInFront<R>(
  walker: Walker<R>,
  { behind, previous }: Position,
  wanted: number,
  after: Position | null,
): Walk<R, Range<R> | null> {
  let entries: Entry<R>[] = [];
  let ref = byToken(previous);
  let end = behind?.hop.offset ?? 0;
  let more = end > 0;
  while (more && entries.length < wanted && !walker.exhausted) {
    const page = ref === null ? null : yield* walker.back(ref, end);
    if (page === null) return null;
    const from = indexBehind(after, page);
    entries = [...entriesOf(page, from, page.records.length), ...entries];
    end = page.hop.offset;
    more = from === 0 && page.previous !== null;
    ref = byToken(page.previous);
  }
  return { entries, more };
}

/** The index behind the record that the range begins with, or 0 when that is not in the page. */
function indexBehind<R>(after: Position | null, page: WalkedPage<R>): number {
  return after?.behind == null ? 0 : new Finder(after.behind).findIn(page) + 1;
}
