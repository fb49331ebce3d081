import { CursorExpiredError, PageBudgetExceededError } from '../errors.js';
import { MAX_PAGE_SIZE, type Page, type PageRef, smallerSize } from '../page.js';
import { anchorOf, type CursorPosition, firstPageLocation, type PageLocation } from '../position.js';
import { AT_FIRST_PAGE, advance, RepeatedTokenError } from './cycle-detector.js';
import { type FingerprintOf, LoadedPage, type Matches } from './loaded-page.js';
import { RecordLocator } from './record-locator.js';
import { pagesFromStart } from './strategy.js';

/** The upstream rejected the token of a requested page or, for a first page, its size. */
export interface PageTokenRejected {
  readonly rejection: Error;
}

/**
 * Traversal of pages as a generator: it yields the reference of the page it needs next and is resumed with that page.
 * All decisions about pages are made here; the caller does the I/O.
 */
export type Walk<R, T> = Generator<PageRef, T, Page<R> | PageTokenRejected>;

export interface WalkSettings<R> {
  readonly fingerprintOf: FingerprintOf<R>;
  /**
   * Filter that the gateway evaluates; absent or `null`: all records match. The records of a window match; offsets,
   * indexes and duplicates count all records.
   */
  readonly matches?: Matches<R> | null;
  /** Page budget of the window. */
  readonly budget: number;
  /** Largest page size that the list is known to accept; at most `MAX_PAGE_SIZE`. */
  readonly largest: number;
  /** Whether a rejected first page is requested again with a smaller size. */
  readonly retrySmaller: boolean;
}

/** Result of a search: a record and the page that contains it. */
export interface Found<R> {
  readonly page: LoadedPage<R>;
  readonly index: number;
}

/** Reads the pages of one list for one window, enforces the page budget and detects cycles of page tokens. */
export class Walker<R> {
  readonly #settings: WalkSettings<R>;
  #remaining: number;
  #largest: number;
  /** Page tokens used since the last page that was not reached through another one. */
  #tokens = new Set<string>();
  /** Fingerprint of the record directly before the next page to read; `null` if it is unknown or must not be used. */
  #lastFingerprint: number | null = null;

  constructor(settings: WalkSettings<R>) {
    this.#settings = settings;
    this.#remaining = settings.budget;
    this.#largest = settings.largest;
  }

  /** Number of pages that may still be read. */
  get remaining(): number {
    return this.#remaining;
  }

  get budget(): number {
    return this.#settings.budget;
  }

  /** Whether the walk has a filter, so that only a page that has been read shows how many records it has for a window. */
  get isFiltered(): boolean {
    return this.#settings.matches != null;
  }

  /**
   * Page size for a window that needs the first `records` records of the list. A filtered walk cannot know how many it
   * needs, so it always reads the largest pages.
   */
  firstPageSize(records: number): number {
    return this.isFiltered ? MAX_PAGE_SIZE : records;
  }

  /** Largest page size that the list accepts, as far as is known. */
  get largest(): number {
    return this.#largest;
  }

  /**
   * Reads the first page with `size`, or with the largest smaller size that the upstream accepts. A rejected size takes
   * a request, but no page of the budget, because nothing has been read.
   *
   * @param worthwhile - whether the first page is still the best start with pages of `largest`; called after each
   *   rejection
   * @throws {PageBudgetExceededError} when `worthwhile` returns false
   */
  *firstPage(size: number, worthwhile: () => boolean = () => true): Walk<R, LoadedPage<R>> {
    this.#resetTokens();
    this.#lastFingerprint = null;
    let location = firstPageLocation(Math.min(size, this.#largest));
    for (;;) {
      const page = yield* this.#request(location.ref);
      if (!('rejection' in page)) return this.#follow(location, page);
      const smaller = this.#settings.retrySmaller ? smallerSize(location.ref.size) : null;
      if (smaller === null) throw page.rejection;
      this.#remaining += 1;
      this.#largest = smaller;
      if (!worthwhile()) throw new PageBudgetExceededError(this.budget);
      location = firstPageLocation(smaller);
    }
  }

  /**
   * Reads a page whose location came from a page of this walk.
   *
   * @throws {RepeatedTokenError} when this page or its next page has been read before
   */
  *open(location: PageLocation): Walk<R, LoadedPage<R>> {
    if (location.ref.token === null) return yield* this.firstPage(location.ref.size);
    const page = yield* this.#request(location.ref);
    if ('rejection' in page) throw page.rejection;
    return this.#follow(location, page);
  }

  /**
   * Reads a page whose location came from a cursor.
   *
   * @param preceding - fingerprint of the record directly before the page; `null` when the page has been read before,
   *   because its location then has the number of preceding duplicates already
   * @throws {CursorExpiredError} when the upstream rejects the page token
   */
  *reopen(location: PageLocation, preceding: number | null): Walk<R, LoadedPage<R>> {
    this.#resetTokens();
    this.#lastFingerprint = preceding;
    const page = yield* this.#request(location.ref);
    if ('rejection' in page) throw new CursorExpiredError();
    return this.#follow(location, page);
  }

  /**
   * Reads the page before one that this walk has read or that a cursor refers to.
   *
   * @returns `null` when the upstream rejects the page token
   */
  *back(ref: PageRef, { offset, anchor }: PageLocation): Walk<R, LoadedPage<R> | null> {
    const page = yield* this.#request(ref);
    if ('rejection' in page) return null;
    this.#lastFingerprint = null;
    // A backward walk does not know the number of pages before this one, so cycle detection starts again.
    const cycle = advance(AT_FIRST_PAGE, ref.token ?? '');
    return this.#load(
      { ref, offset: offset - page.records.length, anchor, cycle, precedingDuplicates: 0 },
      page,
    );
  }

  /**
   * Searches for a record from the first page on.
   *
   * @param expected - number of records from the first one to the end of the window, if none has arrived since
   * @param hasAlternative - whether another strategy can reach the record: then the search ends early if pages are not
   *   full, and leaves one page of the budget
   * @param worthwhile - whether the first page is still the best start; called after each rejected page size
   * @param onPage - receives each page; a first page makes the pages received before it obsolete
   * @throws {CursorExpiredError} when the list ends without the record
   * @throws {PageBudgetExceededError} when the search ends early, or the budget is used up
   */
  *seek(
    wanted: NonNullable<CursorPosition['previousRecord']>,
    expected: number,
    hasAlternative: boolean,
    worthwhile: () => boolean,
    onPage: (page: LoadedPage<R>) => void,
  ): Walk<R, Found<R>> {
    const locator = new RecordLocator(wanted);
    const budget = this.remaining;
    let page = yield* this.firstPage(expected, worthwhile);
    for (;;) {
      onPage(page);
      const index = locator.findIn(page);
      if (index >= 0) return { page, index };
      if (page.next === null) throw new CursorExpiredError();
      const wasted = budget - this.remaining > pagesFromStart(page.next.offset, this.#largest) + 1;
      if (hasAlternative ? wasted || this.remaining <= 1 : this.remaining <= 0)
        throw new PageBudgetExceededError(this.budget);
      if (page.location.offset === 0 && page.location.ref.size < this.#largest) {
        // More records have arrived than the page has room for: larger pages take fewer requests.
        page = yield* this.firstPage(this.#largest, worthwhile);
      } else {
        page = yield* this.open(page.next);
      }
    }
  }

  /** Forgets the used page tokens: another page size has other pages, and their tokens may be equal to used ones. */
  #resetTokens(): void {
    this.#tokens = new Set();
  }

  *#request(ref: PageRef): Walk<R, Page<R> | PageTokenRejected> {
    if (ref.token !== null) {
      if (this.#tokens.has(ref.token)) throw new RepeatedTokenError();
      this.#tokens.add(ref.token);
    }
    this.#remaining -= 1;
    return yield ref;
  }

  #follow(location: PageLocation, page: Page<R>): LoadedPage<R> {
    // The upstream is known to return a page that refers to itself. This check saves the request that would repeat it.
    if (page.next?.token != null && this.#tokens.has(page.next.token)) throw new RepeatedTokenError();
    return this.#load(location, page);
  }

  #load(requested: PageLocation, page: Page<R>): LoadedPage<R> {
    const { fingerprintOf, matches = null } = this.#settings;
    const [first] = page.records;
    const last = page.records.at(-1);
    if (first === undefined || last === undefined) {
      const preceding = this.#lastFingerprint ?? requested.precedingFingerprint;
      const next = this.#nextLocation(requested, page, requested.precedingDuplicates, preceding);
      return new LoadedPage(requested, page, next, fingerprintOf, matches);
    }
    const fingerprint = fingerprintOf(first);
    const continuesDuplicates = this.#lastFingerprint === null || this.#lastFingerprint === fingerprint;
    const { ref, offset, cycle } = requested;
    // Without the preceding fingerprint, which has been used: cursors of this page do not need it.
    const location = {
      ref,
      offset,
      anchor: requested.anchor === 0 && offset === 0 ? anchorOf(fingerprint) : requested.anchor,
      cycle,
      precedingDuplicates: continuesDuplicates ? requested.precedingDuplicates : 0,
    };
    const preceding = fingerprintOf(last);
    this.#lastFingerprint = preceding;
    const duplicates = duplicatesAtEnd(location, page, preceding, fingerprintOf);
    const next = this.#nextLocation(location, page, duplicates, preceding);
    return new LoadedPage(location, page, next, fingerprintOf, matches);
  }

  /** @param precedingFingerprint - of the record directly before the next page, if it is known */
  #nextLocation(
    { offset, anchor, cycle }: PageLocation,
    { records, next }: Page<R>,
    precedingDuplicates: number,
    precedingFingerprint: number | undefined,
  ): PageLocation | null {
    if (next?.token == null) return null;
    const location = {
      ref: next,
      offset: offset + records.length,
      anchor,
      cycle: advance(cycle, next.token),
      precedingDuplicates,
    };
    return this.isFiltered && precedingFingerprint !== undefined
      ? { ...location, precedingFingerprint }
      : location;
  }
}

/** Number of consecutive records up to the end of a page that have the fingerprint of its last record. */
function duplicatesAtEnd<R>(
  { precedingDuplicates }: PageLocation,
  { records }: Page<R>,
  fingerprint: number,
  fingerprintOf: FingerprintOf<R>,
): number {
  const different = records.findLastIndex((record) => fingerprintOf(record) !== fingerprint);
  return records.length - 1 - different + (different < 0 ? precedingDuplicates : 0);
}
