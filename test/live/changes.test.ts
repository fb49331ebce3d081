import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Change,
  changesSince,
  hasExpired,
  reaches,
  type Sighting,
  stateAfter,
  type View,
  viewOf,
} from '../../src/live/changes.js';
import { readState, writeState } from '../../src/live/state-format.js';
import { HEAD_SIZE, NOTHING_KNOWN, type WatchState } from '../../src/live/watch-state.js';
import { fingerprint } from '../../src/pagination/cursor/fingerprint.js';

/** A list of the upstream: what can happen to it, and what a poll sees. */
class List {
  records: Sighting[] = [];
  #next = 1;

  /** @param place - share of the list in front of the new record */
  start(place: number, isOver: boolean, late: number): void {
    const key = this.#next++;
    const record = { key, digest: 1, isOver, start: 1000 + 10 * key - late };
    this.records.splice(Math.floor(place * (this.records.length + 1)), 0, record);
  }

  change(at: number, isOver: boolean): void {
    const index = Math.floor(at * this.records.length);
    const record = this.records[index];
    if (record === undefined) return;
    this.records[index] = { ...record, digest: record.digest + 1, isOver: record.isOver || isOver };
  }

  /** Polls the first records, or more if a state needs them, as far as the list goes. */
  view(state: WatchState): View {
    for (const size of [HEAD_SIZE, 2 * HEAD_SIZE, Number.POSITIVE_INFINITY]) {
      const isWhole = size >= this.records.length;
      const view = viewOf(this.records.slice(0, size), { isWhole, isDeepest: isWhole });
      if (reaches(state, view)) return view;
    }
    throw new Error('a view of the whole list has to be enough');
  }
}

type Step =
  | { readonly do: 'start'; readonly place: number; readonly isOver: boolean; readonly late: number }
  | { readonly do: 'change'; readonly at: number; readonly isOver: boolean }
  | { readonly do: 'poll' }
  | { readonly do: 'resume'; readonly after: number };

/** A share from 0 to `percent`. `fc.double` would nearly always be next to zero. */
const share = (percent: number) => fc.integer({ min: 0, max: percent }).map((value) => value / 100);

const start = fc.record({
  do: fc.constant('start' as const),
  // Most records arrive at the start of the list, others anywhere before those that a subscriber knows.
  place: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: share(20) }),
  isOver: fc.boolean(),
  late: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 900 })),
});
const change = fc.record({
  do: fc.constant('change' as const),
  at: share(99),
  isOver: fc.boolean(),
});
const resume = fc.record({
  do: fc.constant('resume' as const),
  after: share(100),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: start },
  { weight: 3, arbitrary: change },
  { weight: 1, arbitrary: fc.constant({ do: 'poll' } as const) },
  { weight: 1, arbitrary: resume },
);

/** What a subscriber has been told of a record. */
interface Told {
  starts: number;
  ends: number;
  digest: number;
  isOver: boolean;
}

class Subscriber {
  state = NOTHING_KNOWN;
  readonly told = new Map<number, Told>();

  /** Receives the changes of a view, or only the first of them. */
  receive(view: View, share = 1): void {
    expect(hasExpired(this.state, view)).toBe(false);
    const changes = changesSince(this.state, view);
    const received = changes.slice(0, Math.ceil(share * changes.length));
    for (const change of received) this.#tell(change);
    if (changes.length === 0) this.state = stateAfter(this.state, view);
    // A subscriber that leaves resumes with the cursor of the last event that it has received.
    const read = readState(writeState(this.state));
    expect(read).toEqual(this.state);
    if (read !== null) this.state = read;
  }

  #tell({ kind, sighting, state }: Change): void {
    this.state = state;
    if (sighting === null) return;
    const { key, digest, isOver } = sighting;
    const told = this.told.get(key) ?? { starts: 0, ends: 0, digest, isOver: false };
    this.told.set(key, told);
    if (kind === 'SNAPSHOT' || kind === 'STARTED') told.starts += 1;
    if (kind === 'ENDED' || (kind === 'SNAPSHOT' && isOver)) told.ends += 1;
    expect(told.starts).toBe(1);
    told.digest = digest;
    told.isOver = told.ends > 0;
  }
}

/** Records that are in the list and not in the snapshot. */
const notToldIn = (list: List, { told }: Subscriber) =>
  new Set(list.records.map(({ key }) => key).filter((key) => !told.has(key)));

describe('A subscriber of a list', () => {
  it('is told of each record once when it starts and once when it ends, and of its last state, whatever happens to the list and whenever it leaves', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 130 }),
        fc.integer({ min: 1, max: 100 }),
        fc.array(step, { maxLength: 150 }),
        (initial, begun, steps) => {
          const list = new List();
          for (let n = 0; n < initial; n += 1) list.start(0, n < initial - 1, 0);
          const subscriber = new Subscriber();
          const later = new Set(list.records.slice(HEAD_SIZE).map(({ key }) => key));
          subscriber.receive(list.view(subscriber.state), begun / 100);
          for (const each of steps) {
            if (each.do === 'start') list.start(each.place, each.isOver, each.late);
            else if (each.do === 'change') list.change(each.at, each.isOver);
            else subscriber.receive(list.view(subscriber.state), each.do === 'poll' ? 1 : each.after);
          }
          subscriber.receive(list.view(subscriber.state));
          const remembered = new Set(
            [...subscriber.state.head, ...subscriber.state.others].map(({ key }) => key),
          );
          for (const { key, digest, isOver } of list.records) {
            const told = subscriber.told.get(key);
            // Records that were deep in the list from the start are not reported.
            if (told === undefined) expect(later).toContain(key);
            else {
              expect(told.ends).toBe(isOver ? 1 : 0);
              // The upstream does not change ended sessions; one that it does change is followed while it is remembered.
              if (remembered.has(key)) expect(told.digest).toBe(digest);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is told of a record that starts and ends between two polls as started, then ended', () => {
    const list = new List();
    list.start(0, true, 0);
    const subscriber = new Subscriber();
    subscriber.receive(list.view(subscriber.state));
    list.start(0, true, 0);
    expect(changesSince(subscriber.state, list.view(subscriber.state)).map(({ kind }) => kind)).toEqual([
      'STARTED',
      'ENDED',
    ]);
  });

  it('is told the end of a record that is no longer at the start of the list', () => {
    const list = new List();
    list.start(0, false, 0);
    const subscriber = new Subscriber();
    subscriber.receive(list.view(subscriber.state));
    for (let n = 0; n < 3 * HEAD_SIZE; n += 1) {
      list.start(0, true, 0);
      if (n % 20 === 0) subscriber.receive(list.view(subscriber.state));
    }
    list.change(0.999, true);
    subscriber.receive(list.view(subscriber.state));
    expect(subscriber.told.get(1)).toMatchObject({ starts: 1, ends: 1 });
  });

  it('is told of new records at any place of a list whose order changes with each poll', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 80 }),
        fc.array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 2, maxLength: 20 }),
        (initial, rounds) => {
          const list = new List();
          for (let n = 0; n < initial; n += 1) list.start(0, true, 0);
          const subscriber = new Subscriber();
          subscriber.receive(list.view(subscriber.state));
          const before = notToldIn(list, subscriber);
          for (const seeds of rounds) {
            for (const _ of seeds) list.start(0, false, 0);
            const [seed = 0] = seeds;
            const place = ({ key }: Sighting) => fingerprint(`${seed} ${key}`);
            list.records.sort((a, b) => place(a) - place(b));
            subscriber.receive(list.view(subscriber.state));
          }
          for (const { key } of list.records) {
            expect(subscriber.told.get(key)?.starts ?? 0).toBe(before.has(key) ? 0 : 1);
          }
        },
      ),
    );
  });

  it('is told of a new record at the end of a list that has become longer than it remembers', () => {
    const list = new List();
    for (let n = 0; n < HEAD_SIZE; n += 1) list.start(0, true, 0);
    const subscriber = new Subscriber();
    subscriber.receive(list.view(subscriber.state));
    list.start(1, true, 10_000);
    expect(changesSince(subscriber.state, list.view(subscriber.state))).toMatchObject([
      { kind: 'STARTED', sighting: { key: HEAD_SIZE + 1 } },
      { kind: 'ENDED' },
    ]);
  });

  it('is told once that a record is over, also if the upstream takes that back', () => {
    const list = new List();
    list.start(0, true, 0);
    const subscriber = new Subscriber();
    subscriber.receive(list.view(subscriber.state));
    const kinds = [false, true].map((isOver) => {
      list.records = list.records.map((record) => ({ ...record, isOver, digest: record.digest + 1 }));
      const [change] = changesSince(subscriber.state, list.view(subscriber.state));
      subscriber.receive(list.view(subscriber.state));
      return change?.kind;
    });
    expect(kinds).toEqual(['UPDATED', 'UPDATED']);
  });

  it('no longer follows an open record that was deleted', () => {
    const list = new List();
    list.start(0, false, 0);
    list.start(0, true, 0);
    const subscriber = new Subscriber();
    subscriber.receive(list.view(subscriber.state));
    list.records.pop();
    subscriber.receive(list.view(subscriber.state));
    expect(subscriber.state.others).toEqual([]);
  });

  it('is told of new records of a list that has its oldest records first', () => {
    const list = new List();
    for (let n = 0; n < 120; n += 1) list.start(1, true, 0);
    const subscriber = new Subscriber();
    subscriber.receive(list.view(subscriber.state));
    list.start(1, false, 0);
    subscriber.receive(list.view(subscriber.state));
    const newest = Array.from({ length: HEAD_SIZE + 1 }, (_, index) => 71 + index);
    expect([...subscriber.told.keys()]).toEqual(newest);
  });

  it('has expired when nothing that it knows is in the list', () => {
    const list = new List();
    for (let n = 0; n < 10; n += 1) list.start(0, true, 0);
    const subscriber = new Subscriber();
    subscriber.receive(list.view(subscriber.state));
    list.records = [];
    for (let n = 0; n < 10; n += 1) list.start(0, true, 0);
    expect(hasExpired(subscriber.state, list.view(subscriber.state))).toBe(true);
  });

  it('is told of an empty list by one event', () => {
    const changes = changesSince(NOTHING_KNOWN, viewOf([], { isWhole: true, isDeepest: true }));
    expect(changes.map(({ kind, sighting }) => [kind, sighting])).toEqual([['SNAPSHOT', null]]);
  });
});
