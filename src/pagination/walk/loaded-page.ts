import type { Page, PageRef } from '../page.js';
import type { CursorPosition, PageLocation, RecordKey } from '../position.js';

/** Computes the fingerprint of the immutable part of a record: the same record always has the same fingerprint. */
export type FingerprintOf<R> = (record: R) => number;

/** Filter that the gateway evaluates. It returns the same for the same record as long as a walk and its window are used. */
export type Matches<R> = (record: R) => boolean;

/** A page that a walk has read, with its location and the fingerprints that cursors of its records need. */
export class LoadedPage<R> {
  readonly location: PageLocation;
  readonly records: readonly R[];
  readonly previous: PageRef | null;
  /**
   * Location of the next page. The walk moves it past pages without a matching record that follow, so that cursors of
   * this page do not lead later walks through those again. Without a filter these are the empty pages.
   */
  next: PageLocation | null;
  /** `null`: all records match. */
  readonly matches: Matches<R> | null;

  readonly #fingerprintOf: FingerprintOf<R>;
  #fingerprints: readonly number[] | undefined;
  /** `null`: 0 for each record, which is the usual case. */
  #precedingDuplicates: readonly number[] | null | undefined;
  #lastMatch: number | undefined;

  constructor(
    location: PageLocation,
    page: Page<R>,
    next: PageLocation | null,
    fingerprintOf: FingerprintOf<R>,
    matches: Matches<R> | null = null,
  ) {
    this.location = location;
    this.records = page.records;
    this.previous = page.previous;
    this.next = next;
    this.matches = matches;
    this.#fingerprintOf = fingerprintOf;
  }

  /** Index of the last record that matches, or -1. Without a filter: of the last record. */
  get lastMatch(): number {
    if (this.matches === null) return this.records.length - 1;
    this.#lastMatch ??= this.records.findLastIndex(this.matches);
    return this.#lastMatch;
  }

  /** Whether a record from `start` to `end`, exclusive, matches. */
  hasMatch(start: number, end: number): boolean {
    if (this.matches === null || end > this.lastMatch) return start < end && start <= this.lastMatch;
    for (let index = start; index < end; index++) {
      const record = this.records[index];
      if (record !== undefined && this.matches(record)) return true;
    }
    return false;
  }

  /** Fingerprints of the records; computed for the whole page on first access. */
  get fingerprints(): readonly number[] {
    this.#fingerprints ??= this.records.map(this.#fingerprintOf);
    return this.#fingerprints;
  }

  /** Number of records before `index` in this page that have the same fingerprint as the record at `index`. */
  precedingDuplicatesOf(index: number): number {
    if (this.#precedingDuplicates === undefined)
      this.#precedingDuplicates = precedingDuplicatesIn(this.fingerprints);
    return this.#precedingDuplicates?.[index] ?? 0;
  }

  /** Key by which the record at `index` is found again. */
  keyAt(index: number): RecordKey {
    const fingerprint = this.fingerprints[index];
    if (fingerprint === undefined) {
      throw new RangeError(`no record ${index} in a page of ${this.records.length}`);
    }
    return { index, fingerprint, precedingDuplicates: this.precedingDuplicatesOf(index) };
  }

  /**
   * Distinguishes a record from consecutive records with the same fingerprint.
   *
   * @returns number of such records before it, those on previous pages included; almost always 0
   */
  duplicateIndex(index: number): number {
    const { fingerprint, precedingDuplicates } = this.keyAt(index);
    const onPreviousPages = fingerprint === this.fingerprints[0] ? this.location.precedingDuplicates : 0;
    return precedingDuplicates + onPreviousPages;
  }
}

function precedingDuplicatesIn(fingerprints: readonly number[]): readonly number[] | null {
  if (areDistinct(fingerprints)) return null;
  const counts = new Map<number, number>();
  return fingerprints.map((fingerprint) => {
    const count = counts.get(fingerprint) ?? 0;
    counts.set(fingerprint, count + 1);
    return count;
  });
}

/**
 * Checks whether the lower 32 bits of all fingerprints are distinct; if they are, so are the fingerprints. Takes a tenth of
 * the time of a `Set`.
 */
function areDistinct(fingerprints: readonly number[]): boolean {
  const size = 2 ** Math.ceil(Math.log2(fingerprints.length * 4 + 1));
  // Hash table with open addressing. 0 marks an empty entry.
  const table = new Int32Array(size);
  for (const fingerprint of fingerprints) {
    const lowerHalf = fingerprint | 0 || 1;
    let index = lowerHalf & (size - 1);
    while (table[index] !== 0) {
      if (table[index] === lowerHalf) return false;
      index = (index + 1) & (size - 1);
    }
    table[index] = lowerHalf;
  }
  return true;
}

/** A record with its page and its index there; becomes an edge. */
export interface PositionedRecord<R> {
  readonly record: R;
  readonly page: LoadedPage<R>;
  readonly index: number;
}

/** Position directly after a record, which the record's cursor encodes. */
export function positionOf<R>({ page, index }: Pick<PositionedRecord<R>, 'page' | 'index'>): CursorPosition {
  return {
    previousRecord: { location: page.location, key: page.keyAt(index) },
    nextPage: nextPageAfter(page, index),
    previousPage: withToken(page.previous),
  };
}

/** Location of the page to continue with after a record; `null` if a matching record follows it in its page. */
export function nextPageAfter<R>(page: LoadedPage<R>, index: number): PageLocation | null {
  return index >= page.lastMatch ? page.next : null;
}

/**
 * Discards a previous page without a page token. That is the first page, which moves when records arrive: its end
 * need not be the start of the page after it any more.
 */
export function withToken(previous: PageRef | null): PageRef | null {
  return previous?.token == null ? null : previous;
}
