/**
 * Reference of a page of an upstream list: the query parameters of its request. Host and path belong to the upstream
 * client.
 */
export interface PageRef {
  /** `PageSize` parameter. A page token is only used with the size that it was issued for. */
  readonly size: number;
  /** `Page` parameter, which the upstream calls "client state": sent back unchanged. */
  readonly page: string | null;
  /** `PageToken` parameter: an opaque string of any alphabet. `null` for the first page. */
  readonly token: string | null;
  /**
   * All other parameters of the page's URL in their order and encoding: `State=a%20b&X=`. They belong to the page
   * token. Absent if there are none.
   */
  readonly others?: string;
}

/** One page of an upstream list, and the references of the neighbouring pages. */
export interface Page<R> {
  readonly records: readonly R[];
  readonly next: PageRef | null;
  readonly previous: PageRef | null;
}

/** Largest `PageSize` that the upstream documents. */
export const MAX_PAGE_SIZE = 1000;

/**
 * Page sizes to retry a first page with when the upstream rejects a larger one. These are common limits of services, so
 * the first size that is accepted is usually the largest possible one. 50 is the upstream's default: a rejection of
 * that size has another cause.
 */
const SMALLER_SIZES: readonly number[] = [500, 250, 100, 50];

/**
 * Returns the page size to retry with.
 *
 * @param size - the rejected size
 * @returns `null` when no smaller size is worth a request
 */
export function smallerSize(size: number): number | null {
  return SMALLER_SIZES.find((smaller) => smaller < size) ?? null;
}

/**
 * Reference of the first page.
 *
 * @param size - number of records; clamped to the documented limits, because the upstream may either clamp or reject a
 *   size outside of them
 */
export function firstPageRef(size: number): PageRef {
  return { size: Math.max(1, Math.min(MAX_PAGE_SIZE, size)), page: null, token: null };
}
