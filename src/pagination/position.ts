import { headOf, type PageRef } from './page.js';
import { AT_HEAD, type Trail } from './walk/cycle-detector.js';

/** A page as a walk reaches it. */
export interface Hop {
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
  readonly origin: number;
  readonly trail: Trail;
  /**
   * Records right in front of the page that cannot be told from its first one. Of a page that is still to be
   * read: that cannot be told from the one in front of it, which may have nothing to do with the page's first.
   */
  readonly alike: number;
}

/** The head of the list, in pages of `size`. */
export function headHop(size: number): Hop {
  return { ref: headOf(size), offset: 0, origin: 0, trail: AT_HEAD, alike: 0 };
}

/** A record, as it is found again: by what it is, and by where it was. */
export interface RecordPlace {
  /** Its index in its page. */
  readonly index: number;
  /** Fingerprint of its identity. */
  readonly print: number;
  /** Records with the same fingerprint in front of it in its page: almost always 0. */
  readonly rank: number;
}

/** What a cursor says: a place between two records of a list. */
export interface Position {
  /** The record in front of the place, with its page. `null` only where a run of empty pages was cut short. */
  readonly behind: { readonly hop: Hop; readonly record: RecordPlace } | null;
  /** The page that begins at the place, when the record is its page's last one: the cheap way on. */
  readonly next: Hop | null;
  /** The page in front of the record's page: the cheap way back. */
  readonly previous: PageRef | null;
}

/** How many records stood in front of the place, at least: later arrivals at the head only add to it. */
export function recordsInFront({ behind, next }: Position): number {
  return Math.max(0, behind === null ? (next?.offset ?? 0) : indexOf(behind) + 1);
}

/** What a fingerprint leaves as an origin: 32 bits of it, because every cursor carries them. */
export function originOf(print: number): number {
  return print >>> 0;
}

/** The index of a record in its list, counted from the origin of its hop. */
export function indexOf({ hop, record }: NonNullable<Position['behind']>): number {
  return hop.offset + record.index;
}

/**
 * Where a range that begins behind `after` ends. A `before` that is not behind `after` ends nothing: the
 * connection specification looks for it only among the records behind `after`.
 */
export function endOfRange(after: Position | null, before: Position | null): Position['behind'] {
  const [start, end] = [after?.behind ?? null, before?.behind ?? null];
  if (start === null || end === null || start.hop.origin !== end.hop.origin) return end;
  return indexOf(end) > indexOf(start) ? end : null;
}
