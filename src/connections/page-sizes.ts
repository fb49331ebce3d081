import { MAX_PAGE_SIZE } from '../pagination/page.js';

/** How long the largest accepted page size of a list is cached, in milliseconds. Then larger sizes are tried again. */
const CACHED_FOR_MS = 5 * 60_000;

/**
 * How long smaller sizes are not tried on a list that has rejected every size, in milliseconds. Short, because an outage
 * looks the same.
 */
const REJECTING_FOR_MS = 60_000;

/** Cached lists: some 100 kB. */
const MOST_LISTS = 1000;

/** What is known about the page sizes that a list accepts. */
export interface PageSize {
  /** The largest page size that the list accepts. */
  readonly largest: number;
  /** Whether a rejected page is requested again with a smaller size. */
  readonly retrySmaller: boolean;
}

const UNKNOWN: PageSize = { largest: MAX_PAGE_SIZE, retrySmaller: true };

/** Caches across operations which lists reject large pages, so that not every window costs a rejected request. */
export class PageSizes {
  readonly #now: () => number;
  readonly #lists = new Map<string, { readonly known: PageSize; readonly until: number }>();

  /** @param now - milliseconds on a monotonic clock */
  constructor(now: () => number) {
    this.#now = now;
  }

  of(list: string): PageSize {
    const entry = this.#lists.get(list);
    return entry === undefined || entry.until <= this.#now() ? UNKNOWN : entry.known;
  }

  /** Records the largest page size that a list accepts. */
  rememberLargest(list: string, largest: number): void {
    this.#remember(list, { largest, retrySmaller: true }, CACHED_FOR_MS);
  }

  /** Records that a list has rejected pages of every size. */
  rememberRejection(list: string): void {
    this.#remember(list, { largest: MAX_PAGE_SIZE, retrySmaller: false }, REJECTING_FOR_MS);
  }

  #remember(list: string, known: PageSize, ms: number): void {
    this.#lists.delete(list);
    this.#lists.set(list, { known, until: this.#now() + ms });
    if (this.#lists.size <= MOST_LISTS) return;
    for (const oldest of this.#lists.keys()) {
      this.#lists.delete(oldest);
      return;
    }
  }
}
