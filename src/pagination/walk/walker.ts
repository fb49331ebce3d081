import { CursorExpiredError, PageBudgetExceededError } from '../errors.js';
import { MAX_PAGE_SIZE, type Page, type PageRef } from '../page.js';
import { anchorOf, type CursorPosition, firstPageLocation, type PageLocation } from '../position.js';
import { AT_FIRST_PAGE, advance, RepeatedTokenError } from './cycle-detector.js';
import { type FingerprintOf, LoadedPage } from './loaded-page.js';
import { RecordLocator } from './record-locator.js';
import { pagesFromStart } from './strategy.js';

/** The upstream does not honour the token of the page that was asked for. */
export interface PageTokenRejected {
  readonly rejection: Error;
}

/**
 * A computation that needs pages: it yields the page it wants next, and is resumed with it. So everything
 * that is decided about pages is here, and whoever runs it does the I/O.
 */
export type Walk<R, T> = Generator<PageRef, T, Page<R> | PageTokenRejected>;

export interface WalkSettings<R> {
  readonly fingerprintOf: FingerprintOf<R>;
  /** Upstream pages that one window may read. */
  readonly budget: number;
}

/** A record that was looked for, in the page that has it. */
export interface Found<R> {
  readonly page: LoadedPage<R>;
  readonly index: number;
}

/** Reads pages of one list for one window: counts them, and notices when the list goes round. */
export class Walker<R> {
  readonly #settings: WalkSettings<R>;
  #left: number;
  #tokens = new Set<string>();
  /** Fingerprint of the record in front of the page to come; `null` where that is not known, or of no use. */
  #chainEnd: number | null = null;

  constructor(settings: WalkSettings<R>) {
    this.#settings = settings;
    this.#left = settings.budget;
  }

  /** Pages that may still be read. */
  get left(): number {
    return this.#left;
  }

  get budget(): number {
    return this.#settings.budget;
  }

  /** Reads the head of the list, in pages of `size`. */
  *head(size: number): Walk<R, LoadedPage<R>> {
    this.#beginChain();
    this.#chainEnd = null;
    return yield* this.open(firstPageLocation(size));
  }

  /**
   * Reads the page at a hop that this walk was led to.
   *
   * @throws {RepeatedTokenError} when it, or the page behind it, has been read before
   */
  *open(hop: PageLocation): Walk<R, LoadedPage<R>> {
    const page = yield* this.#ask(hop.ref);
    if ('rejection' in page) throw page.rejection;
    return this.#aheadOf(hop, page);
  }

  /**
   * Reads the page at a hop that came with a cursor.
   *
   * @param front - fingerprint of the record in front of the page; `null` when the page has been read before,
   *   so that its hop knows already what that has to do with it
   * @throws {CursorExpiredError} when the upstream no longer honours it
   */
  *reopen(hop: PageLocation, front: number | null): Walk<R, LoadedPage<R>> {
    this.#beginChain();
    this.#chainEnd = front;
    const page = yield* this.#ask(hop.ref);
    if ('rejection' in page) throw new CursorExpiredError();
    return this.#aheadOf(hop, page);
  }

  /** Reads the page in front of one that this walk, or a cursor, knows; `null` when the upstream refuses to. */
  *back(ref: PageRef, { offset, anchor: origin }: PageLocation): Walk<R, LoadedPage<R> | null> {
    const page = yield* this.#ask(ref);
    if ('rejection' in page) return null;
    this.#chainEnd = null;
    // How many pages are in front is not known from this side; the trail begins anew.
    const trail = advance(AT_FIRST_PAGE, ref.token ?? '');
    return this.#walked(
      { ref, offset: offset - page.records.length, anchor: origin, cycle: trail, precedingDuplicates: 0 },
      page,
    );
  }

  /**
   * Looks for a record from the head of the list on, and shows every page on the way.
   *
   * @param expected - records up to and including the ones wanted, if none has arrived since
   * @param hasOtherWay - then a list of pages that are not full is given up early, with a page left for that
   * @param onPage - sees each page; pages seen before are void when it is called with a head page
   * @throws {CursorExpiredError} when the list ends without the record
   * @throws {PageBudgetExceededError} when it gives up, or the budget ends
   */
  *seek(
    place: NonNullable<CursorPosition['previousRecord']>,
    expected: number,
    hasOtherWay: boolean,
    onPage: (page: LoadedPage<R>) => void,
  ): Walk<R, Found<R>> {
    const finder = new RecordLocator(place);
    const budget = this.left;
    let page = yield* this.head(expected);
    for (;;) {
      onPage(page);
      const index = finder.findIn(page);
      if (index >= 0) return { page, index };
      if (page.next === null) throw new CursorExpiredError();
      const wasted = budget - this.left > pagesFromStart(page.next.offset) + 1;
      if (hasOtherWay ? wasted || this.left <= 1 : this.left <= 0)
        throw new PageBudgetExceededError(this.budget);
      if (page.location.offset === 0 && page.location.ref.size < MAX_PAGE_SIZE) {
        // So many have arrived that small pages would be many.
        page = yield* this.head(MAX_PAGE_SIZE);
      } else {
        page = yield* this.open(page.next);
      }
    }
  }

  /** Another size is another chain of pages, which may well have tokens that look like the former one's. */
  #beginChain(): void {
    this.#tokens = new Set();
  }

  *#ask(ref: PageRef): Walk<R, Page<R> | PageTokenRejected> {
    if (ref.token !== null) {
      if (this.#tokens.has(ref.token)) throw new RepeatedTokenError();
      this.#tokens.add(ref.token);
    }
    this.#left -= 1;
    return yield ref;
  }

  #aheadOf(hop: PageLocation, page: Page<R>): LoadedPage<R> {
    // The known fault is a page that names itself: that one is noticed at once.
    if (page.next?.token != null && this.#tokens.has(page.next.token)) throw new RepeatedTokenError();
    return this.#walked(hop, page);
  }

  #walked(from: PageLocation, page: Page<R>): LoadedPage<R> {
    const { fingerprintOf: identify } = this.#settings;
    const [first] = page.records;
    const last = page.records.at(-1);
    if (first === undefined || last === undefined)
      return new LoadedPage(from, page, nextLocation(from, page, from.precedingDuplicates), identify);
    const print = identify(first);
    const hop = {
      ...from,
      anchor: from.anchor === 0 && from.offset === 0 ? anchorOf(print) : from.anchor,
      precedingDuplicates: this.#chainEnd === null || this.#chainEnd === print ? from.precedingDuplicates : 0,
    };
    this.#chainEnd = identify(last);
    return new LoadedPage(
      hop,
      page,
      nextLocation(hop, page, duplicatesAtEnd(hop, page, this.#chainEnd, identify)),
      identify,
    );
  }
}

function nextLocation<R>(
  { offset, anchor: origin, cycle: trail }: PageLocation,
  { records, next }: Page<R>,
  alike: number,
): PageLocation | null {
  if (next?.token == null) return null;
  return {
    ref: next,
    offset: offset + records.length,
    anchor: origin,
    cycle: advance(trail, next.token),
    precedingDuplicates: alike,
  };
}

/** How many records at the end of a page, and in front of it, cannot be told from its last one, itself included. */
function duplicatesAtEnd<R>(
  { precedingDuplicates: alike }: PageLocation,
  { records }: Page<R>,
  print: number,
  identify: FingerprintOf<R>,
): number {
  const other = records.findLastIndex((record) => identify(record) !== print);
  return records.length - 1 - other + (other < 0 ? alike : 0);
}
