import type { Page, PageRef } from './page.js';
import type { Hop, Position, RecordPlace } from './position.js';

/** Fingerprint of what cannot change about a record: the same record gives the same number, always. */
export type Identify<R> = (record: R) => number;

/** A page that a walk has read, with what it takes to make cursors of its records. */
export class WalkedPage<R> {
  readonly hop: Hop;
  readonly records: readonly R[];
  readonly previous: PageRef | null;
  /** Where the list goes on. Moves on past empty pages, so that no later walk reads those again. */
  next: Hop | null;

  readonly #identify: Identify<R>;
  #places: readonly RecordPlace[] | undefined;

  constructor(hop: Hop, page: Page<R>, next: Hop | null, identify: Identify<R>) {
    this.hop = hop;
    this.records = page.records;
    this.previous = page.previous;
    this.next = next;
    this.#identify = identify;
  }

  /** How each record is found again; worked out for the whole page when the first one is asked for. */
  get places(): readonly RecordPlace[] {
    this.#places ??= placesOf(this.records, this.#identify);
    return this.#places;
  }

  /**
   * Tells a record from those in front of it that have the same fingerprint, on whatever page they are: it is
   * how many of them there are, as far as they follow each other. Almost always 0.
   */
  numberOf(index: number): number {
    const place = this.places[index];
    if (place === undefined) throw new RangeError(`no record ${index} in a page of ${this.records.length}`);
    return place.rank + (place.print === this.places[0]?.print ? this.hop.alike : 0);
  }
}

function placesOf<R>(records: readonly R[], identify: Identify<R>): readonly RecordPlace[] {
  const met = new Map<number, number>();
  return records.map((record, index) => {
    const print = identify(record);
    const rank = met.get(print) ?? 0;
    met.set(print, rank + 1);
    return { index, print, rank };
  });
}

/** A record in its page: what becomes an edge. */
export interface Entry<R> {
  readonly record: R;
  readonly page: WalkedPage<R>;
  readonly index: number;
}

/** The place behind an entry: what its cursor says. */
export function positionOf<R>({ page, index }: Entry<R>): Position {
  const record = page.places[index];
  if (record === undefined) throw new RangeError(`no record ${index} in a page of ${page.records.length}`);
  return {
    behind: { hop: page.hop, record },
    next: index === page.records.length - 1 ? page.next : null,
    previous: byToken(page.previous),
  };
}

/**
 * A previous page, where a token leads to it. One without is the head of the list, which moves on while
 * records arrive: its end need no longer be where the page behind it begins.
 */
export function byToken(previous: PageRef | null): PageRef | null {
  return previous?.token == null ? null : previous;
}
