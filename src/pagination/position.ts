import { firstPageRef, type PageRef } from './page.js';
import { AT_FIRST_PAGE, type CycleState } from './walk/cycle-detector.js';

/** A page as a walk reaches it. */
export interface PageLocation {
  readonly ref: PageRef;
  /**
   * Records between the origin and the page. Below zero where a walk backward has come past the origin, to
   * records that have arrived since.
   */
  readonly offset: number;
  /**
   * Short fingerprint of the record that headed the list when the walk began there; 0 until one is met.
   * Offsets with the same origin can be compared, and wherever the origin is found again, it tells how many
   * records have arrived in front of it.
   */
  readonly anchor: number;
  readonly cycle: CycleState;
  /**
   * Records right in front of the page that cannot be told from its first one. Of a page that is still to be
   * read: that cannot be told from the one in front of it, which may have nothing to do with the page's first.
   */
  readonly precedingDuplicates: number;
}

/** The head of the list, in pages of `size`. */
export function firstPageLocation(size: number): PageLocation {
  return { ref: firstPageRef(size), offset: 0, anchor: 0, cycle: AT_FIRST_PAGE, precedingDuplicates: 0 };
}

/** A record, as it is found again: by what it is, and by where it was. */
export interface RecordKey {
  /** Its index in its page. */
  readonly index: number;
  /** Fingerprint of its identity. */
  readonly fingerprint: number;
  /** Records with the same fingerprint in front of it in its page: almost always 0. */
  readonly precedingDuplicates: number;
}

/** What a cursor says: a place between two records of a list. */
export interface CursorPosition {
  /** The record in front of the place, with its page. `null` only where a run of empty pages was cut short. */
  readonly previousRecord: { readonly hop: PageLocation; readonly record: RecordKey } | null;
  /** The page that begins at the place, when the record is its page's last one: the cheap way on. */
  readonly nextPage: PageLocation | null;
  /** The page in front of the record's page: the cheap way back. */
  readonly previousPage: PageRef | null;
}

/** How many records stood in front of the place, at least: later arrivals at the head only add to it. */
export function recordsBefore({ previousRecord: behind, nextPage: next }: CursorPosition): number {
  return Math.max(0, behind === null ? (next?.offset ?? 0) : indexOf(behind) + 1);
}

/** What a fingerprint leaves as an origin: 32 bits of it, because every cursor carries them. */
export function anchorOf(print: number): number {
  return print >>> 0;
}

/** The index of a record in its list, counted from the origin of its hop. */
export function indexOf({ hop, record }: NonNullable<CursorPosition['previousRecord']>): number {
  return hop.offset + record.index;
}

/**
 * Where a range that begins behind `after` ends. A `before` that is not behind `after` ends nothing: the
 * connection specification looks for it only among the records behind `after`.
 */
export function rangeEnd(
  after: CursorPosition | null,
  before: CursorPosition | null,
): CursorPosition['previousRecord'] {
  const [start, end] = [after?.previousRecord ?? null, before?.previousRecord ?? null];
  if (start === null || end === null || start.hop.anchor !== end.hop.anchor) return end;
  return indexOf(end) > indexOf(start) ? end : null;
}
