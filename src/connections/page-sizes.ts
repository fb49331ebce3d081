import { MAX_PAGE_SIZE } from '../pagination/page.js';

/** How long the largest page of a list is remembered, in milliseconds. Then larger ones are tried again. */
const REMEMBERED_FOR = 5 * 60_000;

/**
 * How long a list that has refused a page of every size is not asked for smaller ones, in milliseconds. Short, because an
 * outage looks the same.
 */
const REFUSING_FOR = 60_000;

/** Lists that are remembered: some 100 kB. */
const MOST_LISTS = 1000;

/** What is known of the sizes that a list can be asked for. */
export interface PageSize {
  /** Size of the largest page that the list gives. */
  readonly largest: number;
  /** Whether a page that is refused is worth asking for again, smaller. */
  readonly retrySmaller: boolean;
}

const UNKNOWN: PageSize = { largest: MAX_PAGE_SIZE, retrySmaller: true };

/** Remembers across operations which lists have refused large pages, so that not every window pays for a refusal. */
export class PageSizes {
  readonly #now: () => number;
  readonly #lists = new Map<string, { readonly known: PageSize; readonly until: number }>();

  /** @param now - milliseconds on a clock that never goes back */
  constructor(now: () => number) {
    this.#now = now;
  }

  of(list: string): PageSize {
    const entry = this.#lists.get(list);
    return entry === undefined || entry.until <= this.#now() ? UNKNOWN : entry.known;
  }

  /** The list gives pages, and none larger than this. */
  rememberLargest(list: string, largest: number): void {
    this.#remember(list, { largest, retrySmaller: true }, REMEMBERED_FOR);
  }

  /** The list has refused pages of every size. */
  rememberRefusal(list: string): void {
    this.#remember(list, { largest: MAX_PAGE_SIZE, retrySmaller: false }, REFUSING_FOR);
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
