import type { WireRecord } from './wire.js';

/** Position of a page relative to a record, not to an offset, so that records that arrive later do not move it. */
export interface PagePosition {
  /** `after`: the records after the one with that key; `before`: those directly before it. */
  readonly direction: 'after' | 'before';
  readonly key: number;
  /** Number of empty pages before this one. */
  readonly emptyPages: number;
}

export interface ListWindow<R> {
  readonly records: readonly R[];
  /** Key of the first record, of the last one, and whether records follow; `null` for a window without records. */
  readonly bounds: { readonly first: number; readonly last: number; readonly more: boolean } | null;
}

interface Entry<R> {
  readonly key: number;
  readonly record: R;
}

/** Records in upstream order. Each has a unique key; keys descend from the start to the end. */
export class RecordList<R extends WireRecord = WireRecord> {
  #entries: readonly Entry<R>[] = [];
  readonly #isOldestFirst: boolean;

  /** @param isOldestFirst - whether records that arrive later are at the end */
  constructor(records: readonly R[], isOldestFirst = false) {
    this.#isOldestFirst = isOldestFirst;
    this.replaceAll(records);
  }

  get records(): R[] {
    return this.#entries.map(({ record }) => record);
  }

  find(matches: (record: R) => boolean): R | undefined {
    return this.#entries.find(({ record }) => matches(record))?.record;
  }

  /** New records arrive, the newest first. */
  insertAtHead(records: readonly R[]): void {
    if (this.#isOldestFirst) {
      for (const record of records.toReversed()) this.append(record);
      return;
    }
    const free = (this.#entries[0]?.key ?? 0) + records.length;
    this.#entries = [...numbered(records, free), ...this.#entries];
  }

  append(record: R): void {
    const free = (this.#entries.at(-1)?.key ?? 1) - 1;
    this.#entries = [...this.#entries, ...numbered([record], free)];
  }

  /** Replaces one record without changing its key. */
  replace(index: number, record: R): void {
    const old = this.#entries[index];
    if (old === undefined) throw new RangeError(`no record at ${index}`);
    this.#entries = this.#entries.with(index, { key: old.key, record });
  }

  /** Removes the oldest records until at most `count` are left. The others keep their keys. */
  keepNewest(count: number): void {
    const surplus = this.#entries.length - count;
    if (surplus <= 0) return;
    this.#entries = this.#isOldestFirst ? this.#entries.slice(surplus) : this.#entries.slice(0, count);
  }

  /** Replaces all records and renumbers the keys, so an earlier position refers to the same index from the start. */
  replaceAll(records: readonly R[]): void {
    this.#entries = numbered(records, 0);
  }

  /**
   * Returns up to `size` records.
   *
   * @param position - `null` for the first page, which moves when records arrive
   * @param matches - filter of the list
   */
  window(size: number, position: PagePosition | null, matches?: (record: R) => boolean): ListWindow<R> {
    const all = matches ? this.#entries.filter(({ record }) => matches(record)) : this.#entries;
    const [from, to] = range(all, size, position);
    const entries = all.slice(from, to);
    const first = entries[0];
    const last = entries.at(-1);
    return {
      records: entries.map(({ record }) => record),
      bounds: first && last ? { first: first.key, last: last.key, more: to < all.length } : null,
    };
  }
}

function numbered<R>(records: readonly R[], firstKey: number): Entry<R>[] {
  return records.map((record, index) => ({ key: firstKey - index, record }));
}

function range<R>(
  entries: readonly Entry<R>[],
  size: number,
  position: PagePosition | null,
): [from: number, to: number] {
  if (position === null) return [0, size];
  const { direction, key } = position;
  const found = entries.findIndex((entry) => (direction === 'after' ? entry.key < key : entry.key <= key));
  const at = found === -1 ? entries.length : found;
  return direction === 'after' ? [at, at + size] : [Math.max(0, at - size), at];
}
