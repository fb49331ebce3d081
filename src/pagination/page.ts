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
 * The head of a list.
 *
 * @param size - records wanted; clamped to what the upstream accepts, since nobody knows whether it
 *   clips or refuses more.
 */
export function firstPageRef(size: number): PageRef {
  return { size: Math.max(1, Math.min(MAX_PAGE_SIZE, size)), page: null, token: null };
}

/** Tells pages apart: two references with the same key are the same request. */
export function pageKey(ref: PageRef): string {
  return `${ref.size} ${ref.page ?? ''} ${ref.token ?? ''}`;
}
