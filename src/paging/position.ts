import type { PageRef } from './page.js';
import type { Trail } from './trail.js';

/** A page as a walk reaches it. */
export interface Hop {
  readonly ref: PageRef;
  /** Records in front of the page, counted when the walk came by; later ones at the head only add to it. */
  readonly offset: number;
  readonly trail: Trail;
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

/** How many records stood in front of the place when its cursor was made. */
export function recordsInFront({ behind, next }: Position): number {
  return behind === null ? (next?.offset ?? 0) : behind.hop.offset + behind.record.index + 1;
}
