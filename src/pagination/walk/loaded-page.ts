import type { Page, PageRef } from '../page.js';
import type { CursorPosition, PageLocation, RecordKey } from '../position.js';

/** Fingerprint of what cannot change about a record: the same record gives the same number, always. */
export type FingerprintOf<R> = (record: R) => number;

/** A page that a walk has read, with what it takes to make cursors of its records. */
export class LoadedPage<R> {
  readonly location: PageLocation;
  readonly records: readonly R[];
  readonly previous: PageRef | null;
  /** Where the list goes on. Moves on past empty pages, so that no later walk reads those again. */
  next: PageLocation | null;

  readonly #fingerprintOf: FingerprintOf<R>;
  #fingerprints: readonly number[] | undefined;
  /** `null`: all are 0, as they nearly always are. */
  #precedingDuplicates: readonly number[] | null | undefined;

  constructor(hop: PageLocation, page: Page<R>, next: PageLocation | null, identify: FingerprintOf<R>) {
    this.location = hop;
    this.records = page.records;
    this.previous = page.previous;
    this.next = next;
    this.#fingerprintOf = identify;
  }

  /** Fingerprints of the records; worked out for the whole page when the first one is asked for. */
  get fingerprints(): readonly number[] {
    this.#fingerprints ??= this.records.map(this.#fingerprintOf);
    return this.#fingerprints;
  }

  /** How many records with the same fingerprint are in front of one in its page. */
  precedingDuplicatesOf(index: number): number {
    if (this.#precedingDuplicates === undefined)
      this.#precedingDuplicates = precedingDuplicatesIn(this.fingerprints);
    return this.#precedingDuplicates?.[index] ?? 0;
  }

  /** How a record is found again. */
  keyAt(index: number): RecordKey {
    const print = this.fingerprints[index];
    if (print === undefined) throw new RangeError(`no record ${index} in a page of ${this.records.length}`);
    return { index, fingerprint: print, precedingDuplicates: this.precedingDuplicatesOf(index) };
  }

  /**
   * Tells a record from those in front of it that have the same fingerprint, on whatever page they are: it is
   * how many of them there are, as far as they follow each other. Almost always 0.
   */
  duplicateIndex(index: number): number {
    const { fingerprint: print, precedingDuplicates: rank } = this.keyAt(index);
    return rank + (print === this.fingerprints[0] ? this.location.precedingDuplicates : 0);
  }
}

function precedingDuplicatesIn(prints: readonly number[]): readonly number[] | null {
  if (areSurelyDistinct(prints)) return null;
  const met = new Map<number, number>();
  return prints.map((print) => {
    const rank = met.get(print) ?? 0;
    met.set(print, rank + 1);
    return rank;
  });
}

/** Whether no two fingerprints have the same lower half; as a `Set` would tell, in a tenth of the time. */
function areSurelyDistinct(prints: readonly number[]): boolean {
  const size = 2 ** Math.ceil(Math.log2(prints.length * 4 + 1));
  const table = new Int32Array(size);
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
export interface PositionedRecord<R> {
  readonly record: R;
  readonly page: LoadedPage<R>;
  readonly index: number;
}

/** The place behind an entry: what its cursor says. */
export function positionOf<R>({ page, index }: PositionedRecord<R>): CursorPosition {
  return {
    previousRecord: { hop: page.location, record: page.keyAt(index) },
    nextPage: nextPageAfter(page, index),
    previousPage: withToken(page.previous),
  };
}

/** The page that begins right behind a record: only the last record of a page knows one. */
export function nextPageAfter<R>({ records, next }: LoadedPage<R>, index: number): PageLocation | null {
  return index === records.length - 1 ? next : null;
}

/**
 * A previous page, where a token leads to it. One without is the head of the list, which moves on while
 * records arrive: its end need no longer be where the page behind it begins.
 */
export function withToken(previous: PageRef | null): PageRef | null {
  return previous?.token == null ? null : previous;
}
