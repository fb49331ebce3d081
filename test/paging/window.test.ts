import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backward } from '../../src/paging/backward.js';
import { CursorCodec } from '../../src/paging/cursor.js';
import { forward } from '../../src/paging/forward.js';
import type { Position } from '../../src/paging/position.js';
import type { Window } from '../../src/paging/window.js';
import { settings, type TestRecord, UpstreamList } from './upstream-list.js';

const codec = new CursorCodec(Buffer.from('a key of the test'), 'a list');

/** Every place goes through its text, as it would through a client. */
function place(cursor: string | null): Position | null {
  return cursor === null ? null : codec.read(cursor);
}

function cursorsOf(window: Window<TestRecord>): string[] {
  return window.entries.map((entry) => codec.ofEntry(entry));
}

function endCursor(window: Window<TestRecord>): string | null {
  const last = window.entries.at(-1);
  if (last !== undefined) return codec.ofEntry(last);
  return window.resume === null ? null : codec.ofPosition(window.resume);
}

const first = (
  list: UpstreamList,
  count: number,
  after: string | null = null,
  before: string | null = null,
) => list.run(forward({ count, after: place(after), before: place(before) }, settings));

const last = (list: UpstreamList, count: number, before: string | null = null, after: string | null = null) =>
  list.run(backward({ count, before: place(before), after: place(after) }, settings));

const keysOf = (window: Window<TestRecord>) => window.entries.map(({ record }) => record.key);

/** Lists whose identities are all different. */
const distinctList = fc.nat(2500).map((length) => Array.from({ length }, (_, at) => `record ${at}`));
/** Lists with records that cannot be told apart but by their order, such as sessions without a sid. */
const twins = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 120 });
const sizes = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 1000 }));

let arrivals = 0;
const arrive = (list: UpstreamList, count: number) =>
  list.insertAtHead(Array.from({ length: count }, () => `arrival ${arrivals++}`));

describe('walking forward', () => {
  test('with any mix of sizes gives every record of the start once, in order, while others arrive', () => {
    fc.assert(
      fc.property(
        fc.oneof(distinctList, twins),
        fc.array(fc.record({ size: sizes, arrived: fc.integer({ min: 0, max: 30 }) }), { minLength: 1 }),
        (identities, steps) => {
          const list = new UpstreamList(identities);
          const atStart = list.records.map(({ key }) => key);
          const walked: number[] = [];
          let cursor: string | null = null;
          for (let step = 0; ; step++) {
            const { size, arrived } = steps[step % steps.length] ?? { size: 50, arrived: 0 };
            const inFront = walked.length + (list.records.length - atStart.length);
            const before = list.requests.length;
            const window = first(list, size, cursor);
            const cost = list.requests.length - before;
            expect(cost).toBeLessThanOrEqual(Math.ceil((inFront + size) / 1000) + 1);
            walked.push(...keysOf(window));
            if (!window.hasNextPage) break;
            expect(window.entries).toHaveLength(size);
            cursor = endCursor(window);
            arrive(list, arrived);
          }
          expect(walked).toEqual(atStart);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('with one size costs a request for each window', () => {
    fc.assert(
      fc.property(distinctList, sizes, fc.integer({ min: 0, max: 30 }), (identities, size, arrived) => {
        fc.pre(identities.length / size <= 100);
        const list = new UpstreamList(identities);
        const length = list.records.length;
        let window = first(list, size);
        for (; window.hasNextPage; window = first(list, size, endCursor(window))) arrive(list, arrived);
        expect(list.requests).toHaveLength(Math.max(1, Math.ceil(length / size)));
        expect(list.requests[0]?.size).toBe(size);
      }),
      { numRuns: 150 },
    );
  });

  test('goes on from any edge, at one request more than from the last one', () => {
    fc.assert(
      fc.property(
        distinctList,
        sizes,
        sizes,
        fc.nat(),
        fc.nat(40),
        (identities, size, next, pick, arrived) => {
          const list = new UpstreamList(identities);
          const start = first(list, size);
          fc.pre(start.entries.length > 0);
          const at = pick % start.entries.length;
          const cursor = cursorsOf(start)[at] ?? null;
          arrive(list, arrived);
          const before = list.requests.length;
          const window = first(list, next, cursor);
          expect(list.requests.length - before).toBeLessThanOrEqual(
            Math.ceil((at + 1 + arrived + next) / 1000) + 1,
          );
          expect(keysOf(window)).toEqual(identities.map((_, key) => key).slice(at + 1, at + 1 + next));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('walking backward', () => {
  test('from any edge gives the records in front of it, in list order, whether or not previous pages are honoured', () => {
    fc.assert(
      fc.property(
        fc.oneof(distinctList, twins),
        fc.array(sizes, { minLength: 1, maxLength: 4 }),
        sizes,
        fc.nat(),
        fc.boolean(),
        (identities, walk, count, pick, refused) => {
          const list = new UpstreamList(identities);
          list.previousPages = refused ? 'refused' : 'honoured';
          const cursors: string[] = [];
          let window = first(list, walk[0] ?? 50);
          for (let step = 1; ; step++) {
            cursors.push(...cursorsOf(window));
            if (!window.hasNextPage || step > 60) break;
            window = first(list, walk[step % walk.length] ?? 50, endCursor(window));
          }
          fc.pre(cursors.length > 0);
          const at = pick % cursors.length;
          const before = list.requests.length;
          const behind = last(list, count, cursors[at]);
          const start = Math.max(0, at - count);
          expect(keysOf(behind)).toEqual(identities.map((_, key) => key).slice(start, at));
          expect(behind.hasPreviousPage).toBe(start > 0);
          expect(behind.hasNextPage).toBe(true);
          expect(list.requests.length - before).toBeLessThanOrEqual(Math.ceil((at + count) / 1000) + 1);
        },
      ),
      { numRuns: 200 },
    );
  });
});
