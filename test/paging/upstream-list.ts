import type { Page, PageRef } from '../../src/pagination/page.js';
import type { PageTokenRejected, Walk } from '../../src/pagination/walk/walker.js';

/** A record as the paging core sees one: something with an identity, and with parts that change. */
export interface TestRecord {
  readonly key: number;
  /** What cannot change about it; need not be unique. */
  readonly identity: string;
  /** Changes from one request to the next. */
  readonly counter: number;
}

/** Changes an answer on its way out: how a test makes the upstream misbehave. */
export type Fault = (page: Page<TestRecord>, ref: PageRef) => Page<TestRecord> | PageTokenRejected;

/**
 * An upstream list in memory, by the rules of the real one: a page behind a token does not shift, the head
 * page does; a token is honoured only with the size it was given for.
 */
export class UpstreamList {
  /** In upstream order, newest first. */
  records: TestRecord[] = [];
  /** Every page that was asked for. */
  readonly requests: PageRef[] = [];
  previousPages: 'honoured' | 'refused' = 'honoured';
  /** Empty pages to send, each with a next page, before the records behind a page. */
  emptyPages = 0;
  fault: Fault = (page) => page;
  readonly #given: number;
  /** Sizes that each token has been given for: tokens do not name them, and look alike in all sizes. */
  readonly #sizes = new Map<string, Set<number>>();
  #made = 0;

  constructor(identities: readonly string[]) {
    this.#given = identities.length;
    this.records = identities.map((identity) => this.#make(identity));
  }

  /** The records' keys, in list order. */
  get keys(): number[] {
    return this.records.map(({ key }) => key);
  }

  /** New records at the head, each unlike any other. */
  arrive(count: number): void {
    const arrivals = Array.from({ length: count }, () => this.#make(`arrival ${this.#made}`));
    this.records = [...arrivals.reverse(), ...this.records];
  }

  /** Takes records out of the list, wherever they are. */
  vanish(...keys: number[]): void {
    this.records = this.records.filter(({ key }) => !keys.includes(key));
  }

  /** Runs a walk to its end, and counts what it asks for. */
  run<T>(walk: Walk<TestRecord, T>): T {
    let step = walk.next();
    while (!step.done) step = walk.next(this.#answer(step.value));
    return step.value;
  }

  #answer(ref: PageRef): Page<TestRecord> | PageTokenRejected {
    this.requests.push(ref);
    if (ref.token === null) return this.fault(this.#page(0, ref.size, 0), ref);
    if (this.#sizes.get(ref.token)?.has(ref.size) === false)
      throw new Error('a token with another page size');
    const [way, key, empties] = ref.token.split('/') as [string, string, string];
    if (way === 'back' && this.previousPages === 'refused') return { rejection: new Error('400') };
    const anchor = this.#indexOf(Number(key));
    if (way === 'on') return this.fault(this.#page(anchor + 1, ref.size, Number(empties)), ref);
    const start = Math.max(0, anchor - ref.size);
    return this.fault(this.#page(start, anchor - start, 0, ref.size), ref);
  }

  #indexOf(key: number): number {
    // Where it is while no record has vanished.
    const likely = key < this.#given ? this.#made - this.#given + key : this.#made - 1 - key;
    return this.records[likely]?.key === key
      ? likely
      : this.records.findIndex((record) => record.key === key);
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
    return this.#give('1', `on/${this.records[end - 1]?.key}/${empties}`, size);
  }

  #back(start: number, size: number): PageRef | null {
    if (start === 0) return null;
    if (start <= size) return { size, page: '0', token: null };
    return this.#give('1', `back/${this.records[start]?.key}/0`, size);
  }

  #give(page: string, token: string, size: number): PageRef {
    const sizes = this.#sizes.get(token) ?? new Set();
    this.#sizes.set(token, sizes.add(size));
    return { size, page, token };
  }

  #make(identity: string): TestRecord {
    return { key: this.#made++, identity, counter: 0 };
  }
}
