/**
 * Where a page of an upstream list is. Everything that its request needs, and nothing of its URL:
 * host and path belong to the upstream client.
 */
export interface PageRef {
  /** The `PageSize` to ask with. A token is only ever used with the size it was given for. */
  readonly size: number;
  /** The upstream's `Page` parameter, which it calls "client state": repeated as it was given. */
  readonly page: string | null;
  /** The upstream's `PageToken`: opaque text of any alphabet. `null` names the head of the list. */
  readonly token: string | null;
  /**
   * All other parameters of the page's URL, in their order and encoded as they came: `State=a%20b&X=`. They belong to the
   * token. Left out where there are none.
   */
  readonly others?: string;
}

/** One page of an upstream list, and where its neighbours are. */
export interface Page<R> {
  readonly records: readonly R[];
  readonly next: PageRef | null;
  readonly previous: PageRef | null;
}

/** The upstream's own limits of `PageSize` (UPSTREAM.md, "Paging"). */
export const MAX_PAGE_SIZE = 1000;

/**
 * Sizes that a first page is asked for again with when the upstream refuses a larger one: limits that services commonly
 * have, so that the first one that is given is mostly the largest that can be had. 50 is the upstream's own default;
 * an upstream that refuses that has another reason.
 */
const SMALLER_SIZES: readonly number[] = [500, 250, 100, 50];

/** The size to ask for when a page of `size` is refused; `null` when a smaller page would not be given either. */
export function smallerSize(size: number): number | null {
  return SMALLER_SIZES.find((smaller) => smaller < size) ?? null;
}

/**
 * The head of a list.
 *
 * @param size - records wanted; clamped to what the upstream accepts, since nobody knows whether it
 *   clips or refuses more.
 */
export function firstPageRef(size: number): PageRef {
  return { size: Math.max(1, Math.min(MAX_PAGE_SIZE, size)), page: null, token: null };
}
