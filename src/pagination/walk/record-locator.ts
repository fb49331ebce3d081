import { anchorOf, type CursorPosition, indexOf } from '../position.js';
import type { LoadedPage } from './loaded-page.js';

/**
 * Recognises one record in pages that are read in list order, by what it is. Records that cannot be told apart
 * are told by their order: from where the record's page began, so many of its likes come first.
 */
export class RecordLocator {
  readonly #place: NonNullable<CursorPosition['previousRecord']>;
  /** Index in the list, as the pages count, that the record is not in front of. */
  #floor = 0;
  /** Likes of the record still to come, from the floor on. */
  #ahead = 0;
  /** Whether the record's origin is still to be found among the records of these pages. */
  #seeksOrigin = false;
  #done = false;
  /** Where the last page seen ended, and how that was counted. */
  #end = Number.NaN;
  #origin = 0;

  constructor(place: NonNullable<CursorPosition['previousRecord']>) {
    this.#place = place;
  }

  /**
   * @param page - the one behind the last one seen; any other begins the search anew
   * @returns the record's index in the page, or -1
   */
  findIn<R>(page: LoadedPage<R>): number {
    const { hop, record } = this.#place;
    // A list that begins with empty pages has no origin yet.
    const goesOn =
      page.location.offset === this.#end && (this.#origin === page.location.anchor || this.#origin === 0);
    if (!goesOn) this.#begin(page);
    this.#end = page.location.offset + page.records.length;
    this.#origin = page.location.anchor;
    if (this.#done) return -1;
    for (const [index, print] of page.fingerprints.entries()) {
      const at = page.location.offset + index;
      if (this.#seeksOrigin && anchorOf(print) === hop.anchor) {
        this.#floor += at;
        this.#seeksOrigin = false;
      }
      if (print !== record.fingerprint || at < this.#floor) continue;
      if (this.#ahead === 0) {
        this.#done = true;
        return index;
      }
      this.#ahead -= 1;
    }
    return -1;
  }

  /** Works out, from the first page, what is known of the record's place in these pages. */
  #begin<R>({ location: hop }: LoadedPage<R>): void {
    const place = this.#place;
    const sameOrigin = hop.anchor === place.hop.anchor;
    this.#done = false;
    this.#seeksOrigin = false;
    if (sameOrigin && hop.offset > place.hop.offset) {
      // Some of its likes in front may be left out: its index is what tells, if these pages have it at all.
      this.#floor = indexOf(place);
      this.#ahead = 0;
      this.#done = hop.offset > this.#floor;
    } else if (sameOrigin || hop.ref.token === null) {
      this.#floor = place.hop.offset;
      this.#ahead = place.record.precedingDuplicates;
      this.#seeksOrigin = !sameOrigin;
    } else {
      // Two walks that began at different times, and no head to compare them by: its identity has to do.
      this.#floor = Number.NEGATIVE_INFINITY;
      this.#ahead = 0;
    }
  }
}
