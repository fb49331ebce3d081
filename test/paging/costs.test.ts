import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arrivals, distinct, sizes } from './arbitraries.js';
import { ask, walk } from './client.js';
import { UpstreamList } from './upstream-list.js';

const listOf = (length: number) => new UpstreamList(Array.from({ length }, (_, at) => `record ${at}`));

/** Upper bound of the requests for a window whose last record is the `reach`th one of the list. */
const bound = (reach: number) => Math.ceil(reach / 1000) + 1;

describe('walking forward with one window size', () => {
  test('takes one request for each window, with the page size of the window', () => {
    fc.assert(
      fc.property(distinct(2500), sizes, fc.nat(30), (given, size, arrived) => {
        fc.pre(given.length / size <= 100);
        const list = new UpstreamList(given);
        for (const _ of walk(list, () => size)) list.arrive(arrived);
        expect(list.requests.map((ref) => ref.size)).toEqual(
          Array.from({ length: Math.max(1, Math.ceil(given.length / size)) }, () => size),
        );
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    [0, 10, 1],
    [1, 1, 1],
    [9, 10, 1],
    [10, 10, 1],
    [11, 10, 2],
    [1000, 1000, 1],
    [1001, 1000, 2],
    [2500, 1000, 3],
  ])('reads %i records in windows of %i with %i requests', (length, size, cost) => {
    const list = listOf(length);
    expect([...walk(list, () => size)].map((answer) => answer.cost)).toEqual(
      Array.from({ length: cost }, () => 1),
    );
  });

  test('requests one record for a window of one record', () => {
    const list = listOf(100);
    ask(list, { first: 1 });
    expect(list.requests).toEqual([{ size: 1, page: null, token: null }]);
  });
});

describe('a cursor in the middle of a page', () => {
  test('takes at most one request more than a cursor at the end of a page', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), fc.nat(40), (size, pageAt, pick, arrived) => {
        // The first page moves: a record that is no longer among the first 1,000 takes one page more to find.
        fc.pre(pageAt % 3 > 0 || size <= 480);
        const list = listOf(size * 4);
        const answers = [...walk(list, () => size, 3)];
        const cursors = answers[pageAt % 3]?.cursors() ?? [];
        list.arrive(arrived);
        const atTheEnd = ask(list, { first: size, after: cursors.at(-1) ?? null });
        const inMidPage = ask(list, { first: size, after: cursors[pick % size] ?? null });
        expect(atTheEnd.cost).toBe(1);
        expect(inMidPage.cost).toBeLessThanOrEqual(2);
      }),
      { numRuns: 100 },
    );
  });

  test('takes one request on the first page while no records arrive', () => {
    const list = listOf(500);
    const cursor = ask(list, { first: 100 }).cursors()[41] ?? null;
    expect(ask(list, { first: 100, after: cursor })).toMatchObject({
      cost: 1,
      keys: list.keys.slice(42, 142),
    });
    expect(list.requests.at(-1)?.size).toBe(142);
  });
});

describe('the requests for a window', () => {
  test('are at most those of a restart from the first page, whatever the sizes of the windows before it', () => {
    const steps = fc.array(fc.record({ size: sizes, arrived: arrivals, pick: fc.nat() }), { minLength: 1 });
    fc.assert(
      fc.property(distinct(4000), steps, (given, steps) => {
        const list = new UpstreamList(given);
        let after: string | null = null;
        for (const { size, arrived, pick } of steps) {
          const answer = ask(list, { first: size, after });
          const [start] = answer.keys;
          const preceding = start === undefined ? list.records.length : list.keys.indexOf(start);
          expect(answer.cost).toBeLessThanOrEqual(bound(preceding + size));
          if (answer.keys.length === 0) break;
          after = pick % 3 === 0 ? (answer.cursors()[pick % answer.keys.length] ?? null) : answer.endCursor;
          list.arrive(arrived);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('are at most those of a restart when walking backward, whether or not the upstream accepts previous pages', () => {
    fc.assert(
      fc.property(
        distinct(4000),
        fc.array(sizes, { minLength: 1, maxLength: 4 }),
        sizes,
        arrivals,
        fc.nat(),
        fc.boolean(),
        (given, walked, count, arrived, pick, rejected) => {
          fc.pre(given.length > 0);
          const list = new UpstreamList(given);
          list.previousPages = rejected ? 'rejected' : 'accepted';
          const cursors = [...walk(list, (window) => walked[window % walked.length] ?? 50, 60)].flatMap(
            (answer) => answer.cursors(),
          );
          list.arrive(arrived);
          const at = pick % cursors.length;
          const { cost } = ask(list, { last: count, before: cursors[at] ?? null });
          expect(cost).toBeLessThanOrEqual(bound(arrived + at + count));
        },
      ),
      { numRuns: 100 },
    );
  });

  test('at the end of the list are at most those of the list in pages of 1,000', () => {
    fc.assert(
      fc.property(distinct(4000), sizes, (given, count) => {
        const { cost } = ask(new UpstreamList(given), { last: count });
        expect(cost).toBe(Math.max(1, Math.ceil(given.length / 1000)));
      }),
      { numRuns: 50 },
    );
  });
});

test('restarts from the first page in large pages for a large window after small ones', () => {
  const list = listOf(3000);
  const { endCursor } = ask(list, { first: 10 });
  const answer = ask(list, { first: 1000, after: endCursor });
  expect(answer.keys).toEqual(list.keys.slice(10, 1010));
  expect(answer.cost).toBe(2);
});

test('continues with small pages for a slightly larger window', () => {
  const list = listOf(3000);
  let { endCursor } = ask(list, { first: 400 });
  for (let window = 0; window < 4; window++)
    endCursor = ask(list, { first: 400, after: endCursor }).endCursor;
  expect(ask(list, { first: 600, after: endCursor })).toMatchObject({
    cost: 2,
    keys: list.keys.slice(2000, 2600),
  });
});

test('walks backward through previous pages with one request for each window', () => {
  const list = listOf(3000);
  const answers = [...walk(list, () => 100)];
  let before = answers.at(-1)?.startCursor ?? null;
  for (let end = 2900; end > 2000; end -= 100) {
    const answer = ask(list, { last: 100, before });
    expect(answer).toMatchObject({ cost: 1, keys: list.keys.slice(end - 100, end) });
    before = answer.startCursor;
  }
});

test('takes one request more when a previous page is rejected, even if records have arrived', () => {
  const list = listOf(100);
  const page = [...walk(list, () => 10)][2];
  list.previousPages = 'rejected';
  list.arrive(1);
  const answer = ask(list, { last: 9, before: page?.startCursor ?? null });
  expect(answer).toMatchObject({ cost: 2, keys: list.keys.slice(12, 21) });
});

test('does not follow previous pages up to the first page', () => {
  const list = listOf(2000);
  const page = [...walk(list, () => 500)][2];
  const answer = ask(list, { last: 1000, before: page?.startCursor ?? null });
  expect(answer).toMatchObject({ cost: 2, keys: list.keys.slice(0, 1000) });
});

test('takes no request to find out whether a next page follows', () => {
  const list = listOf(20);
  const full = ask(list, { first: 10 });
  expect(full).toMatchObject({ hasNextPage: true, cost: 1 });
  expect(ask(list, { first: 10, after: full.endCursor })).toMatchObject({ hasNextPage: false, cost: 1 });
});

test('takes no request for a range that is known to be empty', () => {
  const list = listOf(30);
  const [left, right] = [...walk(list, () => 10)];
  const range = { after: left?.endCursor ?? null, before: right?.startCursor ?? null };
  expect(ask(list, { first: 10, ...range })).toMatchObject({ keys: [], hasNextPage: false, cost: 0 });
});

test('uses a page token only with the page size that it was issued for', () => {
  const list = listOf(5000);
  for (const sizes of [
    [7, 7, 50, 1],
    [300, 300, 1000, 40],
    [1000, 1000, 1, 333],
  ]) {
    for (const { startCursor } of walk(list, (window) => sizes[window] ?? 1, sizes.length)) {
      ask(list, { last: 100, before: startCursor });
    }
  }
  // The list throws when a page token is used with a size that it was not issued for.
  const used = list.requests.filter(({ token }) => token !== null).map(({ size }) => size);
  expect([...new Set(used)]).toEqual(expect.arrayContaining([7, 300, 1000]));
});
