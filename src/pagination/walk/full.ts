import { MAX_PAGE_SIZE } from '../page.js';
import { type Walk, Walker, type WalkSettings } from './walker.js';

/**
 * Walks a list from its first page in the largest pages that it accepts, for a result that needs all of its records. Each
 * record that existed when the walk began is handed over once, also while other records arrive.
 *
 * @param onRecords - called once for each page in list order, with the records of the page that match; there may be none.
 *   Returns whether the walk is to continue
 * @returns whether the list has been read to its end. `false` if the page budget ended or `onRecords` ended the walk before
 *   the last page; after the last page `true`, whatever `onRecords` returned for it
 */
export function* fullWalk<R>(
  settings: WalkSettings<R>,
  onRecords: (records: readonly R[]) => boolean,
): Walk<R, boolean> {
  const { matches = null } = settings;
  const walker = new Walker(settings);
  let page = yield* walker.firstPage(MAX_PAGE_SIZE);
  for (;;) {
    const continues = onRecords(matches === null ? page.records : page.records.filter(matches));
    if (page.next === null) return true;
    if (!continues || walker.remaining <= 0) return false;
    page = yield* walker.open(page.next);
  }
}
