import { firstPageRef, type PageRef } from './page.js';
import { AT_FIRST_PAGE, type CycleState } from './walk/cycle-detector.js';

/** A page of a list and where it is in that list. */
export interface PageLocation {
  readonly ref: PageRef;
  /**
   * Number of records between the anchor record and this page. Negative where a backward walk has passed the anchor
   * record and reached records that arrived later.
   */
  readonly offset: number;
  /**
   * Lower 32 bits of the fingerprint of the record that was first in the list when the walk began; 0 before the first
   * record has been read. Offsets with the same anchor can be compared. Where the anchor record is found again, its
   * new index is the number of records that have arrived since.
   */
  readonly anchor: number;
  readonly cycle: CycleState;
  /**
   * Number of consecutive records directly before this page that share a fingerprint: that of the page's first record,
   * or, if the page has not been loaded yet, that of the record directly before it.
   */
  readonly precedingDuplicates: number;
  /**
   * Fingerprint of the record directly before this page. Set only for the next page of a filtered walk, until that page
   * has been loaded: the record before it in a cursor need not be the one directly before it.
   */
  readonly precedingFingerprint?: number;
}

/** Location of the first page, in pages of `size` records. */
export function firstPageLocation(size: number): PageLocation {
  return { ref: firstPageRef(size), offset: 0, anchor: 0, cycle: AT_FIRST_PAGE, precedingDuplicates: 0 };
}

/** Identifies a record within its page. */
export interface RecordKey {
  /** Index in the page. */
  readonly index: number;
  /** Fingerprint of the immutable part of the record. */
  readonly fingerprint: number;
  /** Number of records with the same fingerprint before it in its page; almost always 0. */
  readonly precedingDuplicates: number;
}

/**
 * A decoded cursor: a point between two adjacent records of an upstream list. The cursor of a filtered list is a point
 * between two adjacent matching records, but its locations and indexes count all records.
 */
export interface CursorPosition {
  /**
   * Last record before this point, and its page. `null` only when the page budget ran out before the first record of a
   * window.
   */
  readonly previousRecord: { readonly location: PageLocation; readonly key: RecordKey } | null;
  /**
   * Page to continue with after this point. Set only if no matching record follows `previousRecord` in its page; without
   * a filter: if it is the last record of its page.
   */
  readonly nextPage: PageLocation | null;
  /** Page to continue with before the one that contains `previousRecord`. */
  readonly previousPage: PageRef | null;
}

/** Lower bound of the number of records before a position: records that arrive later only increase it. */
export function recordsBefore({ previousRecord, nextPage }: CursorPosition): number {
  return Math.max(0, previousRecord === null ? (nextPage?.offset ?? 0) : indexOf(previousRecord) + 1);
}

/** Truncates a fingerprint to an anchor: 32 bits, because every cursor carries one. */
export function anchorOf(fingerprint: number): number {
  return fingerprint >>> 0;
}

/** Index of a record in its list, counted from the anchor of its page. */
export function indexOf({ location, key }: NonNullable<CursorPosition['previousRecord']>): number {
  return location.offset + key.index;
}

/**
 * Returns the end of the range between two cursors. A `before` that is not after `after` is ignored: the connection
 * specification looks for it only among the records after `after`.
 */
export function rangeEnd(
  after: CursorPosition | null,
  before: CursorPosition | null,
): CursorPosition['previousRecord'] {
  const [start, end] = [after?.previousRecord ?? null, before?.previousRecord ?? null];
  if (start === null || end === null || start.location.anchor !== end.location.anchor) return end;
  return indexOf(end) > indexOf(start) ? end : null;
}
