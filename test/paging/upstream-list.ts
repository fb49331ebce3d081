import type { Page, PageRef } from '../../src/paging/page.js';
import { print } from '../../src/paging/print.js';
import type { Refusal, Walk, WalkSettings } from '../../src/paging/walker.js';

/** A record as the paging core sees one: something with an identity, and with parts that change. */
export interface TestRecord {
  readonly key: number;
  /** What cannot change about it; need not be unique. */
  readonly identity: string;
  /** Changes from one request to the next. */
  readonly counter: number;
}

export const settings: WalkSettings<TestRecord> = { identify: ({ identity }) => print(identity), budget: 25 };

/**
 * An upstream list in memory, by the rules of the real one: a page behind a token does not shift, the head
 * page does; a token is honoured only with the size it was given for.
 */
export class UpstreamList {
  /** In upstream order, newest first. */
  records: TestRecord[] = [];
  readonly requests: PageRef[] = [];
  previousPages: 'honoured' | 'refused' = 'honoured';
  /** Empty pages to send, each with a next page, before the records behind a page. */
  emptyPages = 0;
  #made = 0;

  constructor(identities: readonly string[]) {
    this.records = identities.map((identity) => this.#make(identity));
  }

  insertAtHead(identities: readonly string[]): void {
    this.records = [...identities.map((identity) => this.#make(identity)), ...this.records];
  }

  /** Runs a walk to its end, and counts what it asks for. */
  run<T>(walk: Walk<TestRecord, T>): T {
    let step = walk.next();
    while (!step.done) step = walk.next(this.answer(step.value));
    return step.value;
  }

  answer(ref: PageRef): Page<TestRecord> | Refusal {
    this.requests.push(ref);
    if (ref.token === null) return this.#page(0, ref.size, 0);
    const [way, key, size, empties] = ref.token.split('/') as [string, string, string, string];
    if (Number(size) !== ref.size) throw new Error('a token was used with another page size');
    if (way === 'back' && this.previousPages === 'refused') return { refusal: new Error('400') };
    const anchor = this.records.findIndex((record) => record.key === Number(key));
    if (way === 'on') return this.#page(anchor + 1, ref.size, Number(empties));
    const start = Math.max(0, anchor - ref.size);
    return this.#page(start, anchor - start, 0, ref.size);
  }

  #page(start: number, count: number, empties: number, size = count): Page<TestRecord> {
    if (empties > 0) return { records: [], next: this.#on(start, size, empties - 1), previous: null };
    const records = this.records.slice(start, start + count).map((r) => ({ ...r, counter: r.counter + 1 }));
    const end = start + records.length;
    return {
      records,
      next: end < this.records.length ? this.#on(end, size, this.emptyPages) : null,
      previous: this.#back(start, size),
    };
  }

  #on(end: number, size: number, empties: number): PageRef {
    return { size, page: '1', token: `on/${this.records[end - 1]?.key}/${size}/${empties}` };
  }

  #back(start: number, size: number): PageRef | null {
    if (start === 0) return null;
    if (start <= size) return { size, page: '0', token: null };
    return { size, page: '1', token: `back/${this.records[start]?.key}/${size}/0` };
  }

  #make(identity: string): TestRecord {
    return { key: this.#made++, identity, counter: 0 };
  }
}
