import type { CursorPosition } from '../position.js';
import type { LoadedPage, PositionedRecord } from './loaded-page.js';

/** Consecutive records of a list, or consecutive matching records, which one connection field returns. */
export interface Window<R> {
  readonly records: readonly PositionedRecord<R>[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /**
   * Position to continue from, forward, when the page budget ran out before the first edge, so that no edge has a
   * cursor; else `null`.
   */
  readonly continuation: CursorPosition | null;
  /**
   * Position to continue from, backward, when the page budget ran out before the last edge, so that no edge has a
   * cursor; else `null`. It has a previous record, so that `before` can continue from it.
   */
  readonly startContinuation: CursorPosition | null;
}

/**
 * Records of a page from `start` to `end`, exclusive, that match.
 *
 * @param limit - largest number of records to return: the first ones
 */
export function recordsOf<R>(
  page: LoadedPage<R>,
  start: number,
  end: number,
  limit = Number.POSITIVE_INFINITY,
): PositionedRecord<R>[] {
  const { matches } = page;
  const records: PositionedRecord<R>[] = [];
  const stop = Math.min(end, page.lastMatch + 1);
  for (let index = start; index < stop && records.length < limit; index++) {
    const record = page.records[index];
    if (record !== undefined && (matches === null || matches(record))) records.push({ record, page, index });
  }
  return records;
}

/** Cuts a window that starts at the same position down to its first `count` records. */
export function firstOf<R>(window: Window<R>, count: number): Window<R> {
  if (count >= window.records.length) return window;
  return { ...window, records: window.records.slice(0, count), hasNextPage: true, continuation: null };
}

/** Cuts a window that ends at the same position down to its last `count` records. */
export function lastOf<R>(window: Window<R>, count: number): Window<R> {
  if (count >= window.records.length) return window;
  const start = window.records.length - count;
  return { ...window, records: window.records.slice(start), hasPreviousPage: true, startContinuation: null };
}
