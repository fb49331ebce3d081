import { type CursorPosition, recordsBefore } from '../position.js';
import { withToken } from './loaded-page.js';

/**
 * Route of a walk to a window.
 * - `next`: continue with the page after the cursor's record
 * - `page`: read the cursor's own page again, and continue from its record
 * - `previous`: follow the previous pages of the cursor's page
 * - `restart`: start again from the first page, with the largest page size that the list accepts, up to the cursor's
 *   record
 *
 * A page token keeps its page size. A walk that began with small pages is therefore expensive to continue with a large
 * window. A restart reads the preceding records again, but in the largest pages.
 */
export type Strategy = 'next' | 'page' | 'previous' | 'restart';

/** Number of pages that contain the first `records` records of a list, at `largest` records per page. */
export function pagesFromStart(records: number, largest: number): number {
  return Math.ceil(records / largest);
}

/**
 * Chooses the strategy for the `count` records after a position.
 *
 * It is `restart` in two cases: where continuing takes over one request more, so that no window takes more than
 * ⌈(preceding + count) / largest⌉ + 1 requests; and where a restart saves a request and does not read more preceding
 * records than the window has.
 *
 * @param budget - page budget of the window; a position out of its reach is not searched from the first page
 * @param largest - largest page size that the list accepts
 * @returns the strategy with the fewest upstream requests
 */
export function forwardStrategy(
  after: CursorPosition,
  count: number,
  budget: number,
  largest: number,
): Strategy {
  const { previousRecord, nextPage } = after;
  if (previousRecord === null) return 'next';
  const continued =
    nextPage === null ? pagesFromOwnPage(previousRecord, count) : Math.ceil(count / nextPage.ref.size);
  const preceding = recordsBefore(after);
  const restarted = pagesFromStart(preceding + count, largest);
  const worthwhile = continued > restarted + 1 || (continued > restarted && preceding <= count);
  // If the restart does not find the record, one page of the budget must be left to continue with.
  if (continued === Number.POSITIVE_INFINITY || (worthwhile && restarted + 1 < budget)) return 'restart';
  return nextPage === null ? 'page' : 'next';
}

/**
 * Chooses the strategy of a filtered walk for the records after a position. It never restarts to save requests: the
 * restart would have to read all preceding pages, and the number of pages that a window needs is not known in advance.
 */
export function filteredForwardStrategy({
  previousRecord,
  nextPage,
}: CursorPosition): Exclude<Strategy, 'previous'> {
  if (previousRecord === null || nextPage !== null) return 'next';
  // The first page moves when records arrive, so the record has to be searched in any case.
  return previousRecord.location.ref.token === null ? 'restart' : 'page';
}

/**
 * Chooses the strategy for the `count` records before a position.
 *
 * @param budget - page budget of the window; a position out of its reach is not searched from the first page
 * @param largest - largest page size that the list accepts
 * @returns the strategy with the fewest upstream requests
 */
export function backwardStrategy(
  before: CursorPosition,
  count: number,
  budget: number,
  largest: number,
): Exclude<Strategy, 'next'> {
  const { previousRecord, previousPage } = before;
  if (previousRecord === null) return 'restart';
  const { location, key } = previousRecord;
  const restarted = pagesFromStart(recordsBefore(before), largest);
  // The first page moves when records arrive, so the record has to be searched in any case.
  if (location.ref.token === null) return 'restart';
  if (key.index >= count) return 'page';
  const ref = withToken(previousPage);
  if (ref === null) return 'restart';
  const pages = Math.ceil((count - key.index) / ref.size);
  // The first page has no page token that a previous page could refer to.
  if (pages * ref.size >= location.offset) return 'restart';
  const back = pages + (key.index > 0 ? 1 : 0);
  return back <= restarted || restarted + 1 >= budget ? 'previous' : 'restart';
}

/** Requests of the strategy `page`: the record's own page, and those after it. */
function pagesFromOwnPage(
  { location, key }: NonNullable<CursorPosition['previousRecord']>,
  count: number,
): number {
  if (location.ref.token === null) return Number.POSITIVE_INFINITY;
  const rest = location.ref.size - 1 - key.index;
  return 1 + Math.ceil(Math.max(0, count - rest) / location.ref.size);
}
