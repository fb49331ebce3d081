import type { CursorPosition } from '../position.js';
import type { LoadedPage, PositionedRecord } from './loaded-page.js';

/** Consecutive records of a list, which one connection field returns. */
export interface Window<R> {
  readonly records: readonly PositionedRecord<R>[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /**
   * Position to continue from when the page budget ran out among empty pages, so that no edge has a cursor; else
   * `null`.
   */
  readonly continuation: CursorPosition | null;
}

/** Records of a page from `start` to `end`, exclusive. */
export function recordsOf<R>(page: LoadedPage<R>, start: number, end: number): PositionedRecord<R>[] {
  const records: PositionedRecord<R>[] = [];
  for (let index = start; index < end; index++) {
    const record = page.records[index];
    if (record !== undefined) records.push({ record, page, index });
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
  return { ...window, records: window.records.slice(start), hasPreviousPage: true };
}
