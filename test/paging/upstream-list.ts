import type { Page, PageRef } from '../../src/pagination/page.js';
import type { PageTokenRejected, Walk } from '../../src/pagination/walk/walker.js';

/** A record as the pagination code uses it: an immutable identity, and members that change. */
export interface TestRecord {
  readonly key: number;
  /** Immutable part; need not be unique. */
  readonly identity: string;
  /** Changes from one request to the next. */
  readonly counter: number;
}

/** Replaces a response, so that a test can make the upstream misbehave. */
export type Fault = (page: Page<TestRecord>, ref: PageRef) => Page<TestRecord> | PageTokenRejected;

/**
 * In-memory upstream list with the rules of the real one: the first page moves when records arrive, pages with a token
 * do not; a page token is accepted only with the page size that it was issued for.
 */
export class UpstreamList {
  /** In upstream order, newest first. */
  records: TestRecord[] = [];
  /** Each page that was requested. */
  readonly requests: PageRef[] = [];
  previousPages: 'accepted' | 'rejected' = 'accepted';
  /** Number of empty pages, each with a next page, between one page with records and the next. */
  emptyPages = 0;
  fault: Fault = (page) => page;
  readonly #initialCount: number;
  /** Page sizes that each page token was issued for: the same token can be issued for several sizes. */
  readonly #sizes = new Map<string, Set<number>>();
  #created = 0;

  constructor(identities: readonly string[]) {
    this.#initialCount = identities.length;
    this.records = identities.map((identity) => this.#create(identity));
  }

  /** The records' keys, in list order. */
  get keys(): number[] {
    return this.records.map(({ key }) => key);
  }

  /** Adds distinct records at the start. */
  arrive(count: number): void {
    const arrivals = Array.from({ length: count }, () => this.#create(`arrival ${this.#created}`));
    this.records = [...arrivals.reverse(), ...this.records];
  }

  /** Removes records from the list. */
  remove(...keys: number[]): void {
    this.records = this.records.filter(({ key }) => !keys.includes(key));
  }

  /** Runs a walk to its end and records its requests. */
  run<T>(walk: Walk<TestRecord, T>): T {
    let step = walk.next();
    while (!step.done) step = walk.next(this.#respond(step.value));
    return step.value;
  }

  #respond(ref: PageRef): Page<TestRecord> | PageTokenRejected {
    this.requests.push(ref);
    if (ref.token === null) return this.fault(this.#page(0, ref.size, 0), ref);
    if (this.#sizes.get(ref.token)?.has(ref.size) === false)
      throw new Error('a token with another page size');
    const [direction, key, empties] = ref.token.split('/') as [string, string, string];
    if (direction === 'previous' && this.previousPages === 'rejected') return { rejection: new Error('400') };
    const anchor = this.#indexOf(Number(key));
    if (direction === 'next') return this.fault(this.#page(anchor + 1, ref.size, Number(empties)), ref);
    const start = Math.max(0, anchor - ref.size);
    return this.fault(this.#page(start, anchor - start, 0, ref.size), ref);
  }

  #indexOf(key: number): number {
    // The index if no record has been removed.
    const likely =
      key < this.#initialCount ? this.#created - this.#initialCount + key : this.#created - 1 - key;
    return this.records[likely]?.key === key
      ? likely
      : this.records.findIndex((record) => record.key === key);
  }

  #page(start: number, count: number, empties: number, size = count): Page<TestRecord> {
    if (empties > 0) return { records: [], next: this.#next(start, size, empties - 1), previous: null };
    const records = this.records.slice(start, start + count).map((r) => ({ ...r, counter: r.counter + 1 }));
    const end = start + records.length;
    return {
      records,
      next: end < this.records.length ? this.#next(end, size, this.emptyPages) : null,
      previous: this.#previous(start, size),
    };
  }

  #next(end: number, size: number, empties: number): PageRef {
    return this.#issue('1', `next/${this.records[end - 1]?.key}/${empties}`, size);
  }

  #previous(start: number, size: number): PageRef | null {
    if (start === 0) return null;
    if (start <= size) return { size, page: '0', token: null };
    return this.#issue('1', `previous/${this.records[start]?.key}/0`, size);
  }

  #issue(page: string, token: string, size: number): PageRef {
    const sizes = this.#sizes.get(token) ?? new Set();
    this.#sizes.set(token, sizes.add(size));
    return { size, page, token };
  }

  #create(identity: string): TestRecord {
    return { key: this.#created++, identity, counter: 0 };
  }
}
