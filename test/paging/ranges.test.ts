import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arrivals, distinct, duplicates, sizes } from './arbitraries.js';
import { ask, walk } from './client.js';
import { UpstreamList } from './upstream-list.js';

/** A position in a list: the index of a record, and the walk that its cursor is taken from. */
const points = fc.option(fc.record({ record: fc.nat(), walk: fc.nat() }));
type Point = { readonly record: number; readonly walk: number } | null;

const counts = fc.oneof(fc.nat(40), fc.nat(1000));
const identities = fc.oneof(distinct(1500), duplicates(300), fc.constant([]));
const walks = fc.array(fc.array(sizes, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 });

/** All cursors of a list, for each walk: page sizes differ, so cursors of the same record differ too. */
function cursorsOf(list: UpstreamList, walks: readonly number[][]): string[][] {
  return walks.map((sizes) =>
    [...walk(list, (window) => sizes[window % sizes.length] ?? 50)].flatMap((answer) => answer.cursors()),
  );
}

function cursorOf(cursors: readonly string[][], point: Point): { at: number; cursor: string | null } {
  const walked = cursors[(point?.walk ?? 0) % cursors.length] ?? [];
  if (point === null || walked.length === 0) return { at: -1, cursor: null };
  const at = point.record % walked.length;
  return { at, cursor: walked[at] ?? null };
}

/** `ApplyCursorsToEdges` of the connection specification, on indexes of edges. */
function applyCursors(keys: readonly number[], after: number, before: number): readonly number[] {
  return keys.slice(after + 1, before > after ? before : undefined);
}

/** Limits the number of windows: a long list in small windows takes too long and tests nothing more. */
const isShort = (given: readonly string[], walks: readonly number[][]) =>
  walks.every((sizes) => given.length / Math.min(...sizes) <= 150);

describe('a connection of an unchanged list', () => {
  test('returns for `first` the first edges between the cursors, and whether there are more', () => {
    fc.assert(
      fc.property(identities, walks, points, points, counts, (given, walks, after, before, count) => {
        fc.pre(isShort(given, walks));
        const list = new UpstreamList(given);
        const cursors = cursorsOf(list, walks);
        const [start, end] = [cursorOf(cursors, after), cursorOf(cursors, before)];
        const answer = ask(list, { first: count, after: start.cursor, before: end.cursor });
        const range = applyCursors(list.keys, start.at, end.at);
        expect(answer.keys).toEqual(range.slice(0, count));
        expect(answer.hasNextPage).toBe(range.length > count);
      }),
      { numRuns: 200 },
    );
  });

  test('returns for `last` the last edges between the cursors, and whether there are more', () => {
    fc.assert(
      fc.property(
        identities,
        walks,
        points,
        points,
        counts,
        fc.boolean(),
        (given, walks, after, before, count, rejected) => {
          fc.pre(isShort(given, walks));
          const list = new UpstreamList(given);
          list.previousPages = rejected ? 'rejected' : 'accepted';
          const cursors = cursorsOf(list, walks);
          const [start, end] = [cursorOf(cursors, after), cursorOf(cursors, before)];
          const answer = ask(list, { last: count, after: start.cursor, before: end.cursor });
          const range = applyCursors(list.keys, start.at, end.at);
          expect(answer.keys).toEqual(range.slice(Math.max(0, range.length - count)));
          expect(answer.hasPreviousPage).toBe(range.length > count);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('returns the cursors of its first and last edge as startCursor and endCursor', () => {
    fc.assert(
      fc.property(identities, sizes, fc.nat(), fc.boolean(), (given, count, pick, backward) => {
        const list = new UpstreamList(given);
        const answer = ask(list, backward ? { last: count } : { first: count });
        const cursors = answer.cursors();
        expect(answer.startCursor).toBe(cursors[0] ?? null);
        expect(answer.endCursor).toBe(cursors.at(-1) ?? null);
        fc.pre(cursors.length > 0);
        const at = pick % cursors.length;
        const cursor = cursors[at] ?? null;
        const index = list.keys.indexOf(answer.keys[at] ?? -1);
        expect(ask(list, { first: 1, after: cursor }).keys).toEqual(list.keys.slice(index + 1, index + 2));
        expect(ask(list, { last: 1, before: cursor }).keys).toEqual(
          list.keys.slice(Math.max(0, index - 1), index),
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe('a connection of a growing list', () => {
  test('returns the edges between two cursors, whichever of them is older', () => {
    const ends = fc.uniqueArray(fc.nat(1499), { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 1500 }),
        fc.tuple(sizes, sizes),
        fc.tuple(arrivals, arrivals),
        ends,
        sizes,
        fc.boolean(),
        (length, walked, arrived, ends, count, newerFirst) => {
          fc.pre(length / Math.min(...walked) <= 150);
          const list = new UpstreamList(Array.from({ length }, (_, at) => `record ${at}`));
          const older = [...walk(list, () => walked[0])].flatMap((answer) => answer.cursors());
          list.arrive(arrived[0]);
          const newer = [...walk(list, () => walked[1])]
            .flatMap((answer) => answer.cursors())
            .slice(arrived[0]);
          list.arrive(arrived[1]);
          const [start, end] = ends.map((at) => at % length).sort((a, b) => a - b) as [number, number];
          fc.pre(start < end);
          const [first, second] = newerFirst ? [newer, older] : [older, newer];
          const range = { after: first[start] ?? null, before: second[end] ?? null };
          const between = applyCursors(list.keys.slice(arrived[0] + arrived[1]), start, end);
          expect(ask(list, { first: count, ...range }).keys).toEqual(between.slice(0, count));
          expect(ask(list, { last: count, ...range }).keys).toEqual(
            between.slice(Math.max(0, between.length - count)),
          );
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('a range between cursors', () => {
  const listOf = (length: number) => new UpstreamList(Array.from({ length }, (_, at) => `record ${at}`));
  const cursorsOfAll = (list: UpstreamList, size: number) =>
    [...walk(list, () => size)].flatMap((answer) => answer.cursors());

  test('starts after the record of `after`, not after a duplicate of it', () => {
    const list = new UpstreamList(['alike', 'alike', 'alike']);
    const [after = null, , before = null] = cursorsOfAll(list, 1);
    expect(ask(list, { last: 1, after, before }).keys).toEqual([1]);
    expect(ask(list, { last: 5, after }).keys).toEqual([1, 2]);
  });

  test('ends at a cursor that was issued after more records had arrived', () => {
    const list = listOf(100);
    const after = cursorsOfAll(list, 10)[49] ?? null;
    list.arrive(40);
    const before = cursorsOfAll(list, 10)[95] ?? null;
    expect(ask(list, { first: 20, after, before }).keys).toEqual(list.keys.slice(90, 95));
  });

  test('may start among records that have arrived after its end was read', () => {
    const list = listOf(100);
    const before = cursorsOfAll(list, 10)[20] ?? null;
    list.arrive(40);
    let after = before;
    for (let page = 0; page < 3; page++) after = ask(list, { last: 10, before: after }).startCursor;
    expect(ask(list, { first: 50, after, before }).keys).toEqual(list.keys.slice(31, 60));
  });
});

describe('an empty list', () => {
  test.each([
    ['first', { first: 10 }],
    ['first: 0', { first: 0 }],
    ['last', { last: 10 }],
    ['last: 0', { last: 0 }],
    ['no count', {}],
  ])('has no edge, no neighbouring window and no cursor with %s, and takes one request', (_, args) => {
    expect(ask(new UpstreamList([]), args)).toMatchObject({
      keys: [],
      hasNextPage: false,
      hasPreviousPage: false,
      startCursor: null,
      endCursor: null,
      cost: 1,
    });
  });
});

describe('a window of 0 edges', () => {
  const list = new UpstreamList(['a', 'b', 'c']);
  const [a = null, b = null, c = null] = ask(list, { first: 3 }).cursors();

  test.each([
    ['first: 0', { first: 0 }, { hasNextPage: true, hasPreviousPage: false }],
    ['first: 0 after an edge', { first: 0, after: a }, { hasNextPage: true }],
    ['first: 0 after the last edge', { first: 0, after: c }, { hasNextPage: false }],
    ['first: 0 between neighbours', { first: 0, after: a, before: b }, { hasNextPage: false }],
    ['last: 0', { last: 0 }, { hasNextPage: false, hasPreviousPage: true }],
    ['last: 0 before an edge', { last: 0, before: c }, { hasPreviousPage: true }],
    ['last: 0 before the first edge', { last: 0, before: a }, { hasPreviousPage: false }],
    ['last: 0 between neighbours', { last: 0, after: a, before: b }, { hasPreviousPage: false }],
  ])('returns with %s whether there are more edges', (_, args, expected) => {
    expect(ask(list, args)).toMatchObject({ keys: [], startCursor: null, endCursor: null, ...expected });
  });
});

describe('a connection without a count', () => {
  const list = new UpstreamList(Array.from({ length: 200 }, (_, at) => `record ${at}`));
  const cursors = ask(list, { first: 200 }).cursors();

  test('has 50 edges, from the end of the range that has a cursor', () => {
    const [after = null, before = null] = [cursors[9], cursors[149]];
    expect(ask(list, {}).keys).toEqual(list.keys.slice(0, 50));
    expect(ask(list, { after }).keys).toEqual(list.keys.slice(10, 60));
    expect(ask(list, { before }).keys).toEqual(list.keys.slice(99, 149));
    expect(ask(list, { after, before }).keys).toEqual(list.keys.slice(10, 60));
  });
});
