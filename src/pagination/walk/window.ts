import type { Position } from '../position.js';
import type { Entry, WalkedPage } from './loaded-page.js';

/** A run of neighbouring records of a list: what a connection shows. */
export interface Window<R> {
  readonly entries: readonly Entry<R>[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /**
   * Where to go on, when no entry can say it: the budget ended among empty pages. `null` otherwise.
   */
  readonly resume: Position | null;
}

/** The entries of a page from `start` up to, not including, `end`. */
export function entriesOf<R>(page: WalkedPage<R>, start: number, end: number): Entry<R>[] {
  const entries: Entry<R>[] = [];
  for (let index = start; index < end; index++) {
    const record = page.records[index];
    if (record !== undefined) entries.push({ record, page, index });
  }
  return entries;
}

/** The first `count` entries of a window that was read for somebody who wanted more from the same place. */
export function firstOf<R>(window: Window<R>, count: number): Window<R> {
  if (count >= window.entries.length) return window;
  return { ...window, entries: window.entries.slice(0, count), hasNextPage: true, resume: null };
}

/** The last `count` entries of a window that was read for somebody who wanted more up to the same place. */
export function lastOf<R>(window: Window<R>, count: number): Window<R> {
  if (count >= window.entries.length) return window;
  const start = window.entries.length - count;
  return { ...window, entries: window.entries.slice(start), hasPreviousPage: true };
}
