import { MAX_PAGE_SIZE } from '../page.js';
import { type CursorPosition, recordsBefore } from '../position.js';
import { withToken } from './loaded-page.js';

/**
 * How to reach a window.
 * - `next`: straight on to the page behind the cursor's record
 * - `page`: the cursor's own page again, then on from its record
 * - `previous`: the pages in front of the cursor's page
 * - `head`: from the head of the list, in pages as large as the upstream gives, to the cursor's record
 *
 * Pages keep the size of their token, so a walk that began with small ones is dear to go on with when a large
 * window is asked for; starting again costs what stands in front, in pages of 1,000.
 */
export type Strategy = 'next' | 'page' | 'previous' | 'head';

/** What it costs to read so many records from the head of the list. */
export function pagesFromStart(records: number): number {
  return Math.ceil(records / MAX_PAGE_SIZE);
}

/**
 * Chooses the way to the `count` records behind a position.
 *
 * The list is started again where going on would cost over one request more, which keeps the promise that no
 * window costs over ⌈(in front + count) / 1000⌉ + 1; and where that saves a request without dragging along
 * more records than are wanted.
 *
 * @param budget - pages that one window may read: what is out of its reach is not looked for from the head
 */
export function forwardStrategy(after: CursorPosition, count: number, budget: number): Strategy {
  const { previousRecord: behind, nextPage: next } = after;
  if (behind === null) return 'next';
  const onward = next === null ? continueFromPage(behind, count) : Math.ceil(count / next.ref.size);
  const inFront = recordsBefore(after);
  const anew = pagesFromStart(inFront + count);
  const worthwhile = onward > anew + 1 || (onward > anew && inFront <= count);
  // Where the head turns out to be no way, there has to be a page left to go on with.
  if (onward === Number.POSITIVE_INFINITY || (worthwhile && anew + 1 < budget)) return 'head';
  return next === null ? 'page' : 'next';
}

/**
 * Chooses the way to the `count` records in front of a position's record: the cheaper one.
 *
 * @param budget - as for `routeForward`
 */
export function backwardStrategy(
  before: CursorPosition,
  count: number,
  budget: number,
): Exclude<Strategy, 'next'> {
  const { previousRecord: behind, previousPage: previous } = before;
  if (behind === null) return 'head';
  const { hop, record } = behind;
  const anew = pagesFromStart(recordsBefore(before));
  // The head page moves on while records arrive: it is looked through for the record in any case.
  if (hop.ref.token === null) return 'head';
  if (record.index >= count) return 'page';
  const ref = withToken(previous);
  if (ref === null) return 'head';
  const pages = Math.ceil((count - record.index) / ref.size);
  // No token leads back to the head page.
  if (pages * ref.size >= hop.offset) return 'head';
  const back = pages + (record.index > 0 ? 1 : 0);
  return back <= anew || anew + 1 >= budget ? 'previous' : 'head';
}

function continueFromPage(
  { hop, record }: NonNullable<CursorPosition['previousRecord']>,
  count: number,
): number {
  if (hop.ref.token === null) return Number.POSITIVE_INFINITY;
  const rest = hop.ref.size - 1 - record.index;
  return 1 + Math.ceil(Math.max(0, count - rest) / hop.ref.size);
}
