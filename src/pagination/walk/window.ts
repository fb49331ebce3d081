import type { CursorPosition } from '../position.js';
import type { LoadedPage, PositionedRecord } from './loaded-page.js';

/** A run of neighbouring records of a list: what a connection shows. */
export interface Window<R> {
  readonly records: readonly PositionedRecord<R>[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /**
   * Where to go on, when no entry can say it: the budget ended among empty pages. `null` otherwise.
   */
  readonly continuation: CursorPosition | null;
}

/** The entries of a page from `start` up to, not including, `end`. */
export function recordsOf<R>(page: LoadedPage<R>, start: number, end: number): PositionedRecord<R>[] {
  const entries: PositionedRecord<R>[] = [];
  for (let index = start; index < end; index++) {
    const record = page.records[index];
    if (record !== undefined) entries.push({ record, page, index });
  }
  return entries;
}

/** The first `count` entries of a window that was read for somebody who wanted more from the same place. */
export function firstOf<R>(window: Window<R>, count: number): Window<R> {
  if (count >= window.records.length) return window;
  return { ...window, records: window.records.slice(0, count), hasNextPage: true, continuation: null };
}

/** The last `count` entries of a window that was read for somebody who wanted more up to the same place. */
export function lastOf<R>(window: Window<R>, count: number): Window<R> {
  if (count >= window.records.length) return window;
  const start = window.records.length - count;
  return { ...window, records: window.records.slice(start), hasPreviousPage: true };
}
