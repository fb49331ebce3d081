import { anchorOf, type CursorPosition, indexOf } from '../position.js';
import type { LoadedPage } from './loaded-page.js';

/**
 * Finds one record by its fingerprint in pages that are read in list order. Records with the same fingerprint are
 * distinguished by their order: the number of duplicates between the start of the record's page and the record.
 */
export class RecordLocator {
  readonly #wanted: NonNullable<CursorPosition['previousRecord']>;
  /** Lowest list index that the record can have, counted with the offsets of these pages. */
  #minIndex = 0;
  /** Duplicates at or after `#minIndex` that precede the record and have not been passed yet. */
  #duplicatesToSkip = 0;
  /** Whether the record that the cursor's offsets count from still has to be found in these pages. */
  #seeksAnchor = false;
  #done = false;
  /** End offset and anchor of the last page that was searched. */
  #end = Number.NaN;
  #anchor = 0;

  constructor(wanted: NonNullable<CursorPosition['previousRecord']>) {
    this.#wanted = wanted;
  }

  /**
   * Searches one page.
   *
   * @param page - page that follows the one searched last; any other page restarts the search
   * @returns the record's index in the page, or -1
   */
  findIn<R>(page: LoadedPage<R>): number {
    const { location, key } = this.#wanted;
    // A list that starts with empty pages has no anchor until the first record.
    const isAdjacent =
      page.location.offset === this.#end && (this.#anchor === page.location.anchor || this.#anchor === 0);
    if (!isAdjacent) this.#restart(page);
    this.#end = page.location.offset + page.records.length;
    this.#anchor = page.location.anchor;
    if (this.#done) return -1;
    for (const [index, fingerprint] of page.fingerprints.entries()) {
      const listIndex = page.location.offset + index;
      if (this.#seeksAnchor && anchorOf(fingerprint) === location.anchor) {
        this.#minIndex += listIndex;
        this.#seeksAnchor = false;
      }
      if (fingerprint !== key.fingerprint || listIndex < this.#minIndex) continue;
      if (this.#duplicatesToSkip === 0) {
        this.#done = true;
        return index;
      }
      this.#duplicatesToSkip -= 1;
    }
    return -1;
  }

  /** Derives from the first page where the record can be in this page and the following ones. */
  #restart<R>({ location }: LoadedPage<R>): void {
    const wanted = this.#wanted;
    const sameAnchor = location.anchor === wanted.location.anchor;
    this.#done = false;
    this.#seeksAnchor = false;
    if (sameAnchor && location.offset > wanted.location.offset) {
      // These pages may lack some of the preceding duplicates, so only the index of the record identifies it.
      this.#minIndex = indexOf(wanted);
      this.#duplicatesToSkip = 0;
      this.#done = location.offset > this.#minIndex;
    } else if (sameAnchor || location.ref.token === null) {
      this.#minIndex = wanted.location.offset;
      this.#duplicatesToSkip = wanted.key.precedingDuplicates;
      this.#seeksAnchor = !sameAnchor;
    } else {
      // The walks have different anchors and no common first page, so offsets cannot be compared: only the
      // fingerprint identifies the record.
      this.#minIndex = Number.NEGATIVE_INFINITY;
      this.#duplicatesToSkip = 0;
    }
  }
}
