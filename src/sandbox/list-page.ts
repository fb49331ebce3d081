import type { ListRequest } from './list-request.js';
import type { ListWindow, PagePosition, RecordList } from './record-list.js';
import type { WireRecord } from './wire.js';

/** A neighbouring page: its number and position; `null` for the first page. */
export interface PageLink {
  readonly page: number;
  readonly position: PagePosition | null;
}

/** A page before it is encoded as JSON. */
export interface ListPage {
  readonly request: ListRequest;
  readonly records: readonly WireRecord[];
  readonly next: PageLink | null;
  readonly previous: PageLink | null;
  /** Additional query parameters of URLs with a page token. */
  readonly extraParameters: string | null;
  /** Replaces the next URL. */
  readonly rewriteNext: ((url: string) => string) | null;
}

/**
 * Returns the requested page.
 *
 * @param headHasToken - whether the link to the first page has a page token
 */
export function listPage<R extends WireRecord>(
  list: RecordList<R>,
  request: ListRequest,
  matches: ((record: R) => boolean) | undefined,
  headHasToken: boolean,
): ListPage {
  const { size, page, position } = request;
  const empty = position !== null && position.emptyPages > 0;
  const { records, bounds }: ListWindow<R> = empty
    ? { records: [], bounds: null }
    : list.window(size, position, matches);
  return {
    request,
    records,
    next: nextLink(page, position, bounds),
    previous: previousLink(page, position, bounds?.first ?? null, headHasToken),
    extraParameters: null,
    rewriteNext: null,
  };
}

function nextLink(
  page: number,
  position: PagePosition | null,
  bounds: ListWindow<WireRecord>['bounds'],
): PageLink | null {
  if (position !== null && position.emptyPages > 0) {
    return { page: page + 1, position: { ...position, emptyPages: position.emptyPages - 1 } };
  }
  if (!bounds?.more) return null;
  return { page: page + 1, position: { direction: 'after', key: bounds.last, emptyPages: 0 } };
}

function previousLink(
  page: number,
  position: PagePosition | null,
  first: number | null,
  headHasToken: boolean,
): PageLink | null {
  if (page === 0 || position === null) return null;
  if (page === 1 && !headHasToken) return { page: 0, position: null };
  // A page without records is directly after the record of its own position.
  const key = first ?? position.key - 1;
  return { page: page - 1, position: { direction: 'before', key, emptyPages: 0 } };
}
