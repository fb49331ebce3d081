import type { Page, PageRef } from '../page.js';
import type { Hop, Position, RecordPlace } from '../position.js';

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
  #prints: readonly number[] | undefined;
  /** `null`: all are 0, as they nearly always are. */
  #ranks: readonly number[] | null | undefined;

  constructor(hop: Hop, page: Page<R>, next: Hop | null, identify: Identify<R>) {
    this.hop = hop;
    this.records = page.records;
    this.previous = page.previous;
    this.next = next;
    this.#identify = identify;
  }

  /** Fingerprints of the records; worked out for the whole page when the first one is asked for. */
  get prints(): readonly number[] {
    this.#prints ??= this.records.map(this.#identify);
    return this.#prints;
  }

  /** How many records with the same fingerprint are in front of one in its page. */
  rankOf(index: number): number {
    if (this.#ranks === undefined) this.#ranks = ranksOf(this.prints);
    return this.#ranks?.[index] ?? 0;
  }

  /** How a record is found again. */
  placeOf(index: number): RecordPlace {
    const print = this.prints[index];
    if (print === undefined) throw new RangeError(`no record ${index} in a page of ${this.records.length}`);
    return { index, print, rank: this.rankOf(index) };
  }

  /**
   * Tells a record from those in front of it that have the same fingerprint, on whatever page they are: it is
   * how many of them there are, as far as they follow each other. Almost always 0.
   */
  numberOf(index: number): number {
    const { print, rank } = this.placeOf(index);
    return rank + (print === this.prints[0] ? this.hop.alike : 0);
  }
}

function ranksOf(prints: readonly number[]): readonly number[] | null {
  if (surelyDiffer(prints)) return null;
  const met = new Map<number, number>();
  return prints.map((print) => {
    const rank = met.get(print) ?? 0;
    met.set(print, rank + 1);
    return rank;
  });
}

/** Where lower halves of fingerprints are put to see whether there are two of one kind. */
let table = new Int32Array(256);

/** Whether no two fingerprints have the same lower half; as a `Set` would tell, in a tenth of the time. */
function surelyDiffer(prints: readonly number[]): boolean {
  const size = 2 ** Math.ceil(Math.log2(prints.length * 4 + 1));
  if (table.length < size) table = new Int32Array(size);
  table.fill(0, 0, size);
  for (const print of prints) {
    // 0 is where nothing is.
    const half = print | 0 || 1;
    let place = half & (size - 1);
    while (table[place] !== 0) {
      if (table[place] === half) return false;
      place = (place + 1) & (size - 1);
    }
    table[place] = half;
  }
  return true;
}

/** A record in its page: what becomes an edge. */
export interface Entry<R> {
  readonly record: R;
  readonly page: WalkedPage<R>;
  readonly index: number;
}

/** The place behind an entry: what its cursor says. */
export function positionOf<R>({ page, index }: Entry<R>): Position {
  return {
    behind: { hop: page.hop, record: page.placeOf(index) },
    next: nextBehind(page, index),
    previous: byToken(page.previous),
  };
}

/** The page that begins right behind a record: only the last record of a page knows one. */
export function nextBehind<R>({ records, next }: WalkedPage<R>, index: number): Hop | null {
  return index === records.length - 1 ? next : null;
}

/**
 * A previous page, where a token leads to it. One without is the head of the list, which moves on while
 * records arrive: its end need no longer be where the page behind it begins.
 */
export function byToken(previous: PageRef | null): PageRef | null {
  return previous?.token == null ? null : previous;
}
