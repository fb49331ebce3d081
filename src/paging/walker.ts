import { CursorExpiredError, TooFarError } from './errors.js';
import { Finder } from './finder.js';
import { headOf, MAX_PAGE_SIZE, type Page, type PageRef } from './page.js';
import type { Hop, Position } from './position.js';
import { AT_HEAD, follow, RepeatedTokenError } from './trail.js';
import { type Identify, WalkedPage } from './walked-page.js';

/** The upstream does not honour the token of the page that was asked for. */
export interface Refusal {
  readonly refusal: Error;
}

/**
 * A computation that needs pages: it yields the page it wants next, and is resumed with it. So everything
 * that is decided about pages is here, and whoever runs it does the I/O.
 */
export type Walk<R, T> = Generator<PageRef, T, Page<R> | Refusal>;

export interface WalkSettings<R> {
  readonly identify: Identify<R>;
  /** Upstream pages that one window may read. */
  readonly budget: number;
}

/** A record that was looked for, in the page that has it. */
export interface Found<R> {
  readonly page: WalkedPage<R>;
  readonly index: number;
}

/** Reads pages of one list for one window: counts them, and notices when the list goes round. */
export class Walker<R> {
  readonly #settings: WalkSettings<R>;
  #left: number;
  #tokens = new Set<string>();

  constructor(settings: WalkSettings<R>) {
    this.#settings = settings;
    this.#left = settings.budget;
  }

  get exhausted(): boolean {
    return this.#left <= 0;
  }

  get budget(): number {
    return this.#settings.budget;
  }

  /** Reads the head of the list, in pages of `size`. */
  *head(size: number): Walk<R, WalkedPage<R>> {
    // Another size is another chain of pages, which may well have tokens that look like the former one's.
    this.#tokens = new Set();
    return yield* this.open({ ref: headOf(size), offset: 0, trail: AT_HEAD });
  }

  /**
   * Reads the page at a hop that this walk was led to.
   *
   * @throws {RepeatedTokenError} when it, or the page behind it, has been read before
   */
  *open(hop: Hop): Walk<R, WalkedPage<R>> {
    const page = yield* this.#ask(hop.ref);
    if ('refusal' in page) throw page.refusal;
    return this.#ahead(hop, page);
  }

  /**
   * Reads the page at a hop that came with a cursor.
   *
   * @throws {CursorExpiredError} when the upstream no longer honours it
   */
  *reopen(hop: Hop): Walk<R, WalkedPage<R>> {
    const page = yield* this.#ask(hop.ref);
    if ('refusal' in page) throw new CursorExpiredError();
    return this.#ahead(hop, page);
  }

  /** Reads the page that ends where `end` records are in front; `null` when the upstream refuses to go back. */
  *back(ref: PageRef, end: number): Walk<R, WalkedPage<R> | null> {
    const page = yield* this.#ask(ref);
    if ('refusal' in page) return null;
    const offset = Math.max(0, end - page.records.length);
    // How many pages are in front is not known from this side; the trail begins anew.
    return this.#walked({ ref, offset, trail: follow(AT_HEAD, ref.token ?? '', null) }, page);
  }

  /**
   * Looks for a record from the head of the list on, and shows every page on the way.
   *
   * @param expected - records up to and including the ones wanted, if none has arrived since
   * @param onPage - sees each page; pages seen before are void when it is called with a page at offset 0
   * @throws {CursorExpiredError} when the list ends without the record
   * @throws {TooFarError} when the budget does
   */
  *seek(
    place: NonNullable<Position['behind']>,
    expected: number,
    onPage: (page: WalkedPage<R>) => void = () => {},
  ): Walk<R, Found<R>> {
    let finder = new Finder(place);
    let page = yield* this.head(expected);
    for (;;) {
      onPage(page);
      const index = finder.findIn(page);
      if (index >= 0) return { page, index };
      if (page.next === null) throw new CursorExpiredError();
      if (this.exhausted) throw new TooFarError(this.budget);
      if (page.hop.offset === 0 && page.hop.ref.size < MAX_PAGE_SIZE) {
        // So many have arrived that small pages would be many.
        finder = new Finder(place);
        page = yield* this.head(MAX_PAGE_SIZE);
      } else {
        page = yield* this.open(page.next);
      }
    }
  }

  *#ask(ref: PageRef): Walk<R, Page<R> | Refusal> {
    if (ref.token !== null) {
      if (this.#tokens.has(ref.token)) throw new RepeatedTokenError();
      this.#tokens.add(ref.token);
    }
    this.#left -= 1;
    return yield ref;
  }

  #ahead(hop: Hop, page: Page<R>): WalkedPage<R> {
    if (page.next?.token != null && this.#tokens.has(page.next.token)) throw new RepeatedTokenError();
    return this.#walked(hop, page);
  }

  #walked(hop: Hop, page: Page<R>): WalkedPage<R> {
    return new WalkedPage(hop, page, nextHop(hop, page), this.#settings.identify);
  }
}

function nextHop<R>({ ref, offset, trail }: Hop, { records, next }: Page<R>): Hop | null {
  if (next?.token == null) return null;
  return { ref: next, offset: offset + records.length, trail: follow(trail, next.token, ref.token) };
}
