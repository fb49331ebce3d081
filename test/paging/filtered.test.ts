import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CursorCodec } from '../../src/pagination/cursor/codec.js';
import { CursorSigner } from '../../src/pagination/cursor/signer.js';
import { CursorExpiredError, PageBudgetExceededError } from '../../src/pagination/errors.js';
import type { CursorPosition, PageLocation } from '../../src/pagination/position.js';
import { backward } from '../../src/pagination/walk/backward.js';
import { forward } from '../../src/pagination/walk/forward.js';
import { positionOf } from '../../src/pagination/walk/loaded-page.js';
import type { WalkSettings } from '../../src/pagination/walk/walker.js';
import { firstOf, lastOf, type Window } from '../../src/pagination/walk/window.js';
import { distinct, duplicates } from './arbitraries.js';
import { ask, BUDGET, settings, type TestWindow } from './client.js';
import { type TestRecord, UpstreamList } from './upstream-list.js';

const codec = new CursorCodec(
  new CursorSigner({ account: 'AC1', keys: [Buffer.from('a key of the test')] }),
  'a list',
);

type Known = Partial<WalkSettings<TestRecord>>;

const listOf = (length: number) => new UpstreamList(Array.from({ length }, (_, at) => `record ${at}`));

/** A filter for records by their keys, as they match now. */
function only(keys: Iterable<number>): Required<Pick<WalkSettings<TestRecord>, 'matches'>> {
  const matching = new Set(keys);
  return { matches: ({ key }) => matching.has(key) };
}

/** Which records match: from almost none to almost all, evenly or in blocks. */
const patterns = fc.oneof(
  fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }),
  fc.integer({ min: 1, max: 150 }).map((period) => [true, ...Array<boolean>(period).fill(false)]),
  fc
    .tuple(fc.nat(60), fc.nat(60))
    .map(([matching, others]) => [
      ...Array<boolean>(matching).fill(true),
      ...Array<boolean>(others).fill(false),
      true,
    ]),
  fc.constant([false]),
  fc.constant([true]),
);

/** A list whose records start and stop to match. */
class ChangingList {
  readonly list: UpstreamList;
  readonly atStart: readonly number[];
  readonly #pattern: readonly boolean[];
  /** Keys of records that have changed at least once. */
  readonly #changed = new Set<number>();
  /** Keys of records that match now if they did not at first, and the other way round. */
  readonly #flipped = new Set<number>();

  constructor(identities: readonly string[], pattern: readonly boolean[], emptyPages = 0) {
    this.list = new UpstreamList(identities);
    this.list.emptyPages = emptyPages;
    this.atStart = this.list.keys;
    this.#pattern = pattern;
  }

  /** Keys that match now. */
  get matching(): number[] {
    return this.list.keys.filter((key) => this.#matchedAtFirst(key) !== this.#flipped.has(key));
  }

  /** Keys that existed at the start and have matched since. */
  get matchedThroughout(): number[] {
    return this.atStart.filter((key) => this.#matchedAtFirst(key) && !this.#changed.has(key));
  }

  /** Changes some records, and adds new ones. */
  change(picks: readonly number[], arrived: number): void {
    for (const pick of picks) {
      const key = this.list.keys[pick % Math.max(1, this.list.records.length)];
      if (key === undefined) continue;
      this.#changed.add(key);
      if (!this.#flipped.delete(key)) this.#flipped.add(key);
    }
    this.list.arrive(arrived);
  }

  #matchedAtFirst(key: number): boolean {
    return this.#pattern[key % this.#pattern.length] ?? false;
  }
}

const identities = fc.oneof(distinct(400), duplicates(400));
const windowSizes = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 200 }));
const pageSizes = fc.integer({ min: 20, max: 100 });
const steps = fc.array(
  fc.record({
    size: windowSizes,
    arrived: fc.nat(30),
    changes: fc.array(fc.nat(), { maxLength: 6 }),
    /** Edge to continue from; mostly the last one. */
    pick: fc.option(fc.nat()),
  }),
  { minLength: 1, maxLength: 6 },
);
type Step = { size: number; arrived: number; changes: number[]; pick: number | null };

const stepAt = (steps: readonly Step[], window: number): Step =>
  steps[window % steps.length] ?? { size: 50, arrived: 0, changes: [], pick: null };

/**
 * Walks forward while the list changes.
 *
 * @returns the keys in the order of the walk
 */
function walkForward(
  changing: ChangingList,
  steps: readonly Step[],
  known: Known,
  maxArrived: number,
): number[] {
  const { list } = changing;
  const walked: number[] = [];
  let after: string | null = null;
  for (let window = 0; ; window++) {
    expect(window).toBeLessThan(3000);
    const { size, arrived, changes, pick } = stepAt(steps, window);
    const matching = changing.matching;
    const answer = ask(list, { first: size, after }, { ...known, ...only(matching) });
    expect(answer.cost).toBeLessThanOrEqual(known.budget ?? BUDGET);
    expect(answer.keys.length).toBeLessThanOrEqual(size);
    expect(matching).toEqual(expect.arrayContaining(answer.keys));
    const last = answer.keys.length - 1;
    // A pick in every window would never end a walk whose windows have one edge.
    const at = pick === null || window % 2 === 0 || last < 0 ? last : pick % (last + 1);
    walked.push(...answer.keys.slice(0, at + 1));
    if (!answer.hasNextPage && at === last) return walked;
    after = at < 0 ? answer.endCursor : (answer.cursors()[at] ?? null);
    expect(after).not.toBeNull();
    changing.change(changes, Math.min(arrived, maxArrived));
  }
}

/** Expects keys to be in the order of the list, each once. */
function expectInOrder(keys: readonly number[], list: UpstreamList): void {
  const found = new Set(keys);
  expect(keys).toEqual(list.keys.filter((key) => found.has(key)));
}

describe('a forward walk with a filter', () => {
  test('returns each record that matches throughout once, in order, while records arrive and change', () => {
    fc.assert(
      fc.property(
        identities,
        patterns,
        steps,
        pageSizes,
        fc.nat(2),
        (given, pattern, steps, largest, emptyPages) => {
          const changing = new ChangingList(given, pattern, emptyPages);
          const walked = walkForward(changing, steps, { largest }, 30);
          expectInOrder(walked, changing.list);
          expect(changing.atStart).toEqual(expect.arrayContaining(walked));
          expect(walked).toEqual(expect.arrayContaining(changing.matchedThroughout));
        },
      ),
      { numRuns: 300 },
    );
  });

  test.each([1, 2, 3])('leads to the end of the list with a budget of %i pages', (budget) => {
    fc.assert(
      fc.property(
        identities,
        patterns,
        steps,
        fc.integer({ min: 3, max: 60 }),
        fc.nat(3),
        (given, pattern, steps, largest, emptyPages) => {
          const changing = new ChangingList(given, pattern, emptyPages);
          // A record of the first page can move by that many records and still be found within the budget.
          const maxArrived = Math.floor((budget - 1) / (1 + emptyPages)) * largest;
          const walked = walkForward(changing, steps, { largest, budget }, maxArrived);
          expectInOrder(walked, changing.list);
          expect(walked).toEqual(expect.arrayContaining(changing.matchedThroughout));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('continues after any record, also after one that does not match any more', () => {
    fc.assert(
      fc.property(
        identities,
        patterns,
        fc.tuple(windowSizes, windowSizes),
        pageSizes,
        fc.nat(),
        fc.nat(30),
        (given, pattern, [walked, count], largest, pick, arrived) => {
          fc.pre(given.length > 0 && given.length / walked <= 100);
          const { list, matching } = new ChangingList(given, pattern);
          // The cursors of all records, as a filter that matched all of them gave them.
          const all = [...walkAll(list, walked, { largest, matches: () => true })];
          const at = pick % all.length;
          list.arrive(arrived);
          const answer = ask(list, { first: count, after: all[at] ?? null }, { largest, ...only(matching) });
          const following = list.keys.slice(arrived + at + 1).filter((key) => matching.includes(key));
          expect(answer.keys).toEqual(following.slice(0, count));
          if (following.length > count) expect(answer.hasNextPage).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('distinguishes duplicates as a walk without a filter does', () => {
    fc.assert(
      fc.property(
        fc.nat(300),
        fc.integer({ min: 2, max: 90 }),
        patterns,
        windowSizes,
        fc.integer({ min: 3, max: 60 }),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(2),
        (length, run, pattern, size, largest, budget, emptyPages) => {
          const given = Array.from({ length }, (_, at) => `run ${Math.floor(at / run)}`);
          const { list, matching } = new ChangingList(given, pattern, emptyPages);
          for (const answer of windowsOf(list, size, { largest, budget, ...only(matching) })) {
            expect(answer.duplicateIndexes()).toEqual(answer.keys.map((key) => key % run));
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** The windows of a whole walk with one size. */
function* windowsOf(list: UpstreamList, first: number, known: Known): Generator<TestWindow> {
  let after: string | null = null;
  for (let window = 0; ; window++) {
    expect(window).toBeLessThan(3000);
    const answer = ask(list, { first, after }, known);
    yield answer;
    if (!answer.hasNextPage) return;
    after = answer.endCursor;
  }
}

function* walkAll(list: UpstreamList, first: number, known: Known): Generator<string> {
  for (const answer of windowsOf(list, first, known)) yield* answer.cursors();
}

/**
 * Walks backward while the list changes.
 *
 * @returns the keys in list order
 */
function walkBackward(
  changing: ChangingList,
  steps: readonly Step[],
  known: Known,
  start: string | null,
  maxArrived: number,
): number[] {
  const { list } = changing;
  let walked: number[] = [];
  let before = start;
  let arrivals = maxArrived;
  for (let window = 0; ; window++) {
    expect(window).toBeLessThan(3000);
    const { size, arrived, changes } = stepAt(steps, window);
    const matching = changing.matching;
    const answer = ask(list, { last: size, before }, { ...known, ...only(matching) });
    expect(answer.keys.length).toBeLessThanOrEqual(size);
    expect(matching).toEqual(expect.arrayContaining(answer.keys));
    walked = [...answer.keys, ...walked];
    if (!answer.hasPreviousPage) return walked;
    expect(answer.startCursor).not.toBeNull();
    expect(answer.startCursor).not.toBe(before);
    before = answer.startCursor;
    const arriving = Math.min(arrived, arrivals);
    arrivals -= arriving;
    changing.change(changes, arriving);
  }
}

describe('a backward walk with a filter', () => {
  test('returns each record that matches throughout once, in order, while records arrive and change', () => {
    fc.assert(
      fc.property(
        identities,
        patterns,
        steps,
        fc.integer({ min: 40, max: 100 }),
        fc.boolean(),
        (given, pattern, steps, largest, rejected) => {
          const changing = new ChangingList(given, pattern);
          changing.list.previousPages = rejected ? 'rejected' : 'accepted';
          const walked = walkBackward(changing, steps, { largest }, null, 10 * largest);
          expectInOrder(walked, changing.list);
          expect(walked).toEqual(expect.arrayContaining(changing.matchedThroughout));
        },
      ),
      { numRuns: 300 },
    );
  });

  test.each([2, 3])('leads to the start of the list with a budget of %i pages', (budget) => {
    fc.assert(
      fc.property(
        identities,
        patterns,
        steps,
        fc.integer({ min: 3, max: 60 }),
        fc.nat(),
        (given, pattern, steps, largest, pick) => {
          fc.pre(given.length > 0);
          const changing = new ChangingList(given, pattern);
          const { list } = changing;
          const all = [...walkAll(list, 100, { largest, matches: () => true })];
          const at = pick % all.length;
          const walked = walkBackward(changing, steps, { largest, budget }, all[at] ?? null, 0);
          expectInOrder(walked, list);
          expect(list.keys.slice(0, at)).toEqual(expect.arrayContaining(walked));
          const throughout = changing.matchedThroughout.filter((key) => key < at);
          expect(walked).toEqual(expect.arrayContaining(throughout));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('goes back from any record, also from one that does not match any more', () => {
    fc.assert(
      fc.property(
        identities,
        patterns,
        fc.tuple(windowSizes, windowSizes),
        fc.integer({ min: 40, max: 100 }),
        fc.tuple(fc.nat(), fc.nat(30), fc.boolean()),
        (given, pattern, [walked, count], largest, [pick, arrived, rejected]) => {
          fc.pre(given.length > 0 && given.length / walked <= 100);
          const { list, matching } = new ChangingList(given, pattern);
          list.previousPages = rejected ? 'rejected' : 'accepted';
          const all = [...walkAll(list, walked, { largest, matches: () => true })];
          const at = pick % all.length;
          list.arrive(arrived);
          const answer = ask(list, { last: count, before: all[at] ?? null }, { largest, ...only(matching) });
          const preceding = list.keys.slice(0, arrived + at).filter((key) => matching.includes(key));
          expect(answer.keys).toEqual(preceding.slice(Math.max(0, preceding.length - count)));
          if (preceding.length > count) expect(answer.hasPreviousPage).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('the requests of a filtered walk', () => {
  test('are for the largest pages that the list accepts, whatever the size of the window', () => {
    const list = listOf(2500);
    ask(list, { first: 1 }, only([3, 1500]));
    expect(list.requests).toEqual([{ size: 1000, page: null, token: null }]);
    list.fault = (page, ref) =>
      ref.token === null && ref.size > 250 ? { rejection: new Error('500') } : page;
    ask(list, { first: 1, after: null }, only([600]));
    expect(list.requests.slice(1).map(({ size }) => size)).toEqual([1000, 500, 250, 250, 250]);
  });

  test('are one for each page, and one more for each window that ends in the middle of one', () => {
    fc.assert(
      fc.property(
        distinct(600),
        patterns,
        windowSizes,
        fc.integer({ min: 3, max: 100 }),
        fc.integer({ min: 1, max: 25 }),
        (given, pattern, size, largest, budget) => {
          const { list, matching } = new ChangingList(given, pattern);
          const pageOf = (key: number) => Math.floor(key / largest);
          const pages = Array.from({ length: Math.max(1, Math.ceil(given.length / largest)) }, (_, at) => at);
          const lastMatches = pages.map((page) => matching.findLast((key) => pageOf(key) === page));
          const endsInMidPage: number[] = [];
          for (const { keys, hasNextPage } of windowsOf(list, size, { largest, budget, ...only(matching) })) {
            const last = keys.at(-1);
            if (last !== undefined && hasNextPage && !lastMatches.includes(last))
              endsInMidPage.push(pageOf(last));
          }
          // The token of a page has the key of the record before it.
          const read = list.requests.map(({ token }) =>
            token === null ? 0 : pageOf(Number(token.split('/')[1]) + 1),
          );
          expect(read.sort((a, b) => a - b)).toEqual([...pages, ...endsInMidPage].sort((a, b) => a - b));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('lead from the last matching record of a page to the next page, without that page again', () => {
    const list = listOf(3000);
    const filter = only([10, 500, 1500, 2500]);
    const first = ask(list, { first: 2 }, filter);
    expect(first).toMatchObject({ keys: [10, 500], hasNextPage: true, cost: 1 });
    const second = ask(list, { first: 1, after: first.endCursor }, filter);
    expect(second).toMatchObject({ keys: [1500], hasNextPage: true, cost: 1 });
    expect(ask(list, { first: 1, after: second.endCursor }, filter)).toMatchObject({
      keys: [2500],
      hasNextPage: false,
      cost: 1,
    });
    // In the middle of the first page it has to be read again.
    expect(ask(list, { first: 1, after: first.startCursor }, filter)).toMatchObject({ keys: [500], cost: 1 });
  });

  test('do not find out whether a next page has a matching record', () => {
    const list = listOf(1500);
    const filter = only([3, 4]);
    const answer = ask(list, { first: 2 }, filter);
    expect(answer).toMatchObject({ keys: [3, 4], hasNextPage: true, cost: 1 });
    expect(ask(list, { first: 1, after: answer.endCursor }, filter)).toMatchObject({
      keys: [],
      hasNextPage: false,
      endCursor: null,
      cost: 1,
    });
    expect(ask(list, { first: 1, after: answer.startCursor }, filter).hasNextPage).toBe(true);
    expect(ask(list, { first: 3 }, filter)).toMatchObject({ keys: [3, 4], hasNextPage: false, cost: 2 });
  });

  test('do not restart from the first page to save requests', () => {
    const list = listOf(3000);
    const all = [...walkAll(list, 1000, { largest: 100, matches: () => true })];
    const answer = ask(list, { first: 1000, after: all[249] ?? null }, only(list.keys));
    expect(answer.keys).toEqual(list.keys.slice(250, 1250));
    expect(list.requests.slice(-answer.cost).every(({ token, size }) => token !== null && size === 100)).toBe(
      true,
    );
  });
});

describe('the page budget of a filtered walk', () => {
  const known = { largest: 10, budget: 3 };

  test('ends a forward window early; its last edge leads past the pages that have been read', () => {
    const list = listOf(100);
    const filter = { ...known, ...only([5, 55]) };
    const short = ask(list, { first: 5 }, filter);
    expect(short).toMatchObject({ keys: [5], hasNextPage: true, cost: 3 });
    expect(ask(list, { first: 5, after: short.endCursor }, filter)).toMatchObject({
      keys: [55],
      hasNextPage: true,
      cost: 3,
    });
    expect(list.requests.at(3)?.token).toBe('next/29/0');
  });

  test('ends a forward window before its first edge; its end cursor leads past the pages that have been read', () => {
    const list = listOf(100);
    const filter = { ...known, ...only([75]) };
    const none = ask(list, { first: 5 }, filter);
    expect(none).toMatchObject({ keys: [], hasNextPage: true, startCursor: null, cost: 3 });
    const noneAgain = ask(list, { first: 5, after: none.endCursor }, filter);
    expect(noneAgain).toMatchObject({ keys: [], hasNextPage: true, cost: 3 });
    expect(ask(list, { first: 5, after: noneAgain.endCursor }, filter)).toMatchObject({
      keys: [75],
      cost: 3,
    });
    expect(new Set(list.requests.map(({ token }) => token)).size).toBe(9);
  });

  test('ends a backward window early; its first edge leads on', () => {
    const list = listOf(100);
    const filter = { ...known, ...only([15, 72, 85]) };
    const before = cursorOf(list, 95, known);
    const short = ask(list, { last: 5, before }, filter);
    expect(short).toMatchObject({ keys: [72, 85], hasPreviousPage: true, cost: 3 });
    expect(ask(list, { last: 5, before: short.startCursor }, filter)).toMatchObject({
      keys: [],
      hasPreviousPage: true,
      cost: 3,
    });
  });

  test('ends a backward window before its last edge; its start cursor leads past the pages that have been read', () => {
    const list = listOf(100);
    const filter = { ...known, ...only([15]) };
    const none = ask(list, { last: 5, before: cursorOf(list, 95, known) }, filter);
    expect(none).toMatchObject({ keys: [], hasPreviousPage: true, endCursor: null, cost: 3 });
    const noneAgain = ask(list, { last: 5, before: none.startCursor }, filter);
    expect(noneAgain).toMatchObject({ keys: [], hasPreviousPage: true, cost: 3 });
    const read = list.requests.slice(-6).map(({ token }) => token);
    expect(new Set(read).size).toBe(6);
    expect(ask(list, { last: 5, before: noneAgain.startCursor }, filter)).toMatchObject({ keys: [15] });
  });

  test('does not read empty previous pages again after a window that ended among them', () => {
    const list = listOf(100);
    const before = cursorOf(list, 50, known);
    // Four empty pages before the one that really precedes.
    list.fault = (page, ref) => {
      const empties = Number(ref.token?.split('/')[2] ?? 0);
      return ref.token?.startsWith('previous') && empties < 4
        ? { records: [], next: null, previous: { ...ref, token: `previous/50/${empties + 1}` } }
        : page;
    };
    const none = ask(list, { last: 5, before }, { ...known, ...only([45]) });
    expect(none).toMatchObject({ keys: [], hasPreviousPage: true, cost: 3 });
    expect(ask(list, { last: 1, before: none.startCursor }, { ...known, ...only([45]) })).toMatchObject({
      keys: [45],
      cost: 2,
    });
  });

  test('is exceeded when `last` does not reach the end of the list', () => {
    const list = listOf(31);
    expect(() => ask(list, { last: 1 }, { ...known, ...only([0]) })).toThrow(PageBudgetExceededError);
    list.remove(0);
    expect(ask(list, { last: 1 }, { ...known, ...only([1]) })).toMatchObject({
      keys: [1],
      hasPreviousPage: false,
      hasNextPage: false,
      cost: 3,
    });
  });

  test('is left to the next window when it is too short for a restart', () => {
    const list = listOf(100);
    list.previousPages = 'rejected';
    const filter = { ...known, ...only([11]) };
    const before = cursorOf(list, 25, known);
    const none = ask(list, { last: 5, before }, filter);
    expect(none).toMatchObject({ keys: [], hasPreviousPage: true, cost: 2 });
    expect(ask(list, { last: 5, before: none.startCursor }, filter)).toMatchObject({
      keys: [11],
      hasPreviousPage: false,
      cost: 3,
    });
  });
});

/** The cursor of a record, from a walk in pages of `largest`. */
function cursorOf(list: UpstreamList, at: number, { largest = 1000 }: Known): string | null {
  return [...walkAll(list, 100, { largest, matches: () => true })][at] ?? null;
}

describe('a filtered walk whose pages have changed', () => {
  const known = { largest: 10 };

  test('restarts when a previous page is rejected', () => {
    const list = listOf(100);
    const before = cursorOf(list, 45, known);
    list.previousPages = 'rejected';
    expect(ask(list, { last: 2, before }, { ...known, ...only([3, 15, 41]) })).toMatchObject({
      keys: [15, 41],
      hasPreviousPage: true,
      cost: 7,
    });
  });

  test('reads no previous page if its own page has enough records', () => {
    const list = listOf(100);
    const before = cursorOf(list, 48, known);
    list.previousPages = 'rejected';
    expect(ask(list, { last: 2, before }, { ...known, ...only([15, 41, 47]) })).toMatchObject({
      keys: [41, 47],
      hasPreviousPage: true,
      cost: 1,
    });
  });

  test('restarts when the record is not in its page any more, in both directions', () => {
    const list = listOf(100);
    const cursor = cursorOf(list, 45, known);
    list.fault = (page, ref) =>
      ref.token === 'next/39/0' && ref.size === 10 ? { ...page, records: page.records.slice(0, 3) } : page;
    const filter = only([15, 41, 47]);
    expect(ask(list, { last: 2, before: cursor }, filter)).toMatchObject({ keys: [15, 41], cost: 2 });
    expect(ask(list, { first: 2, after: cursor }, filter)).toMatchObject({ keys: [47], cost: 2 });
  });

  test('restarts from a record of the first page, which may have moved, without that page before', () => {
    const list = listOf(100);
    const cursor = cursorOf(list, 5, known);
    list.arrive(10);
    const filter = { ...known, ...only([3, 7]) };
    expect(ask(list, { last: 2, before: cursor }, filter)).toMatchObject({ keys: [3], cost: 2 });
    expect(ask(list, { first: 1, after: cursor }, filter)).toMatchObject({ keys: [7], cost: 2 });
  });

  test('expires a cursor whose record is removed, in both directions', () => {
    const list = listOf(100);
    const cursor = cursorOf(list, 5, known);
    list.remove(5);
    const filter = { ...known, ...only([1, 7]) };
    expect(() => ask(list, { first: 1, after: cursor }, filter)).toThrow(CursorExpiredError);
    expect(() => ask(list, { last: 1, before: cursor }, filter)).toThrow(CursorExpiredError);
  });
});

describe('a range of a filtered list', () => {
  const point = fc.option(fc.record({ record: fc.nat(), walk: fc.nat() }));
  const range = fc.record({ after: point, before: point, count: fc.oneof(fc.nat(40), fc.nat(400)) });
  const walks = fc.array(fc.record({ size: windowSizes, largest: fc.integer({ min: 40, max: 100 }) }), {
    minLength: 1,
    maxLength: 3,
  });

  test('has the matching records between its cursors, whichever records these are of', () => {
    fc.assert(
      fc.property(
        identities,
        patterns,
        walks,
        range,
        fc.tuple(fc.boolean(), fc.boolean()),
        (given, pattern, walks, { after, before, count }, [ofAll, rejected]) => {
          fc.pre(walks.every(({ size }) => given.length / size <= 100));
          const { list, matching } = new ChangingList(given, pattern);
          list.previousPages = rejected ? 'rejected' : 'accepted';
          // Cursors of matching records lead to other pages than those of the same records in a walk over all of them.
          const filter = only(ofAll ? list.keys : matching);
          const walked = ofAll ? list.keys : matching;
          const cursors = walks.map(({ size, largest }) => [...walkAll(list, size, { largest, ...filter })]);
          fc.pre(walked.length > 0);
          const indexOf = (point: typeof after) => (point === null ? -1 : point.record % walked.length);
          const cursorAt = (point: typeof after) =>
            point === null ? null : (cursors[point.walk % cursors.length]?.[indexOf(point)] ?? null);
          const [start, end] = [indexOf(after), indexOf(before)];
          const args = { after: cursorAt(after), before: cursorAt(before) };
          const between = walked
            .slice(start + 1, end > start ? end : undefined)
            .filter((key) => matching.includes(key));
          const known = { largest: 40, ...only(matching) };
          const first = ask(list, { first: count, ...args }, known);
          expect(first.keys).toEqual(between.slice(0, count));
          if (between.length > count) expect(first.hasNextPage).toBe(true);
          const last = ask(list, { last: count, ...args }, known);
          expect(last.keys).toEqual(between.slice(Math.max(0, between.length - count)));
          if (between.length > count) expect(last.hasPreviousPage).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('has the matching records between its cursors, whichever of them is older', () => {
    const point = fc.tuple(windowSizes, fc.integer({ min: 40, max: 100 }), fc.nat());
    fc.assert(
      fc.property(
        distinct(400),
        patterns,
        fc.tuple(point, point),
        fc.tuple(fc.nat(30), fc.nat(30), fc.boolean()),
        windowSizes,
        (given, pattern, [one, other], [arrived, arrivedLater, newerFirst], count) => {
          const { list, matching } = new ChangingList(given, pattern);
          fc.pre(matching.length > 1 && matching.length / Math.min(one[0], other[0]) <= 100);
          const filter = only(matching);
          const ends = [one[2] % matching.length, other[2] % matching.length];
          const [start = 0, end = 0] = ends.sort((a, b) => a - b);
          fc.pre(start < end);
          const older = [...walkAll(list, one[0], { largest: one[1], ...filter })];
          list.arrive(arrived);
          const newer = [...walkAll(list, other[0], { largest: other[1], ...filter })];
          list.arrive(arrivedLater);
          const [from, to] = newerFirst ? [newer, older] : [older, newer];
          const range = { after: from[start] ?? null, before: to[end] ?? null };
          const between = matching.slice(start + 1, end);
          const known = { largest: 40, ...filter };
          expect(ask(list, { first: count, ...range }, known).keys).toEqual(between.slice(0, count));
          expect(ask(list, { last: count, ...range }, known).keys).toEqual(
            between.slice(Math.max(0, between.length - count)),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  test('has no next page when no matching record follows in it, and takes no further request', () => {
    const list = listOf(100);
    const known = { largest: 10 };
    const range = { after: cursorOf(list, 12, known), before: cursorOf(list, 27, known) };
    const filter = { ...known, ...only([14, 28, 35]) };
    expect(ask(list, { first: 1, ...range }, filter)).toMatchObject({
      keys: [14],
      hasNextPage: true,
      cost: 1,
    });
    expect(ask(list, { first: 2, ...range }, filter)).toMatchObject({
      keys: [14],
      hasNextPage: false,
      cost: 2,
    });
    const inOnePage = { after: cursorOf(list, 2, known), before: cursorOf(list, 7, known) };
    expect(ask(list, { first: 1, ...inOnePage }, { ...known, ...only([4, 8]) })).toMatchObject({
      keys: [4],
      hasNextPage: false,
      cost: 1,
    });
    const { endCursor } = ask(list, { first: 2, ...range }, filter);
    // The page of the end of the range has a matching record after it, so the cursor does not lead past that page.
    expect(ask(list, { first: 2, after: endCursor }, filter).keys).toEqual([28, 35]);
  });

  test('of neighbours or without a count has no edge', () => {
    const list = listOf(30);
    const filter = { largest: 10, ...only([3, 4, 15]) };
    const [three = null, four = null, fifteen = null] = [...walkAll(list, 5, filter)];
    expect(ask(list, { first: 5, after: three, before: four }, filter)).toMatchObject({
      keys: [],
      hasNextPage: false,
    });
    expect(ask(list, { last: 5, after: four, before: fifteen }, filter)).toMatchObject({
      keys: [],
      hasPreviousPage: false,
      startCursor: null,
    });
    expect(ask(list, { first: 0 }, filter)).toMatchObject({ keys: [], hasNextPage: true, endCursor: null });
    expect(ask(list, { last: 0, before: fifteen }, filter)).toMatchObject({
      keys: [],
      hasPreviousPage: true,
      startCursor: null,
    });
  });
});

describe('a filtered window that is cut', () => {
  const known = fc.record({
    largest: fc.integer({ min: 3, max: 100 }),
    budget: fc.integer({ min: 1, max: 25 }),
  });

  test('to its first records leads to the records after them', () => {
    fc.assert(
      fc.property(
        distinct(300),
        patterns,
        known,
        windowSizes,
        windowSizes,
        (given, pattern, known, size, cut) => {
          const { list, matching } = new ChangingList(given, pattern);
          const all = { ...settings, ...known, ...only(matching) };
          const whole = list.run(forward({ count: size, after: null, before: null }, all));
          const part = firstOf(whole, cut);
          const direct = list.run(forward({ count: Math.min(size, cut), after: null, before: null }, all));
          expect(keysOf(part)).toEqual(keysOf(direct));
          // The longer window may have found out that nothing follows.
          if (part.hasNextPage) expect(direct.hasNextPage).toBe(true);
          else expect(keysOf(part)).toEqual(matching);
          const last = part.records.at(-1);
          fc.pre(last !== undefined && part.hasNextPage);
          const after = codec.decode(codec.ofRecord(last as NonNullable<typeof last>));
          const rest = list.run(forward({ count: 500, after, before: null }, { ...all, budget: 150 }));
          expect(keysOf(rest)).toEqual(matching.slice(part.records.length));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('to its last records leads to the records before them', () => {
    fc.assert(
      fc.property(
        distinct(300),
        patterns,
        windowSizes,
        windowSizes,
        fc.nat(),
        (given, pattern, size, cut, pick) => {
          fc.pre(given.length > 0);
          const { list, matching } = new ChangingList(given, pattern);
          const at = pick % given.length;
          const all = { ...settings, largest: 40, ...only(matching) };
          const before = codec.decode(cursorOf(list, at, { largest: 40 }) ?? '');
          const whole = list.run(backward({ count: size, after: null, before }, all));
          const part = lastOf(whole, cut);
          const direct = list.run(backward({ count: Math.min(size, cut), after: null, before }, all));
          expect(keysOf(part)).toEqual(keysOf(direct));
          expect(part.startContinuation).toBeNull();
          if (whole.records.length > cut) expect(part.hasPreviousPage).toBe(true);
          const [first] = part.records;
          fc.pre(first !== undefined);
          const start = codec.decode(codec.ofRecord(first as NonNullable<typeof first>));
          const rest = list.run(backward({ count: 500, after: null, before: start }, all));
          expect(keysOf(rest)).toEqual(matching.filter((key) => key < (first?.record.key ?? 0)));
        },
      ),
      { numRuns: 200 },
    );
  });
});

function keysOf({ records }: Window<TestRecord>): number[] {
  return records.map(({ record }) => record.key);
}

describe('the cursors of a filtered walk', () => {
  test('carry the fingerprint of the record before the next page, next to other parameters or without them', () => {
    const next = {
      ref: { size: 10, page: '1', token: 'PA' },
      offset: 10,
      anchor: 7,
      cycle: { steps: 1, marked: 9 },
      precedingDuplicates: 0,
    };
    const withOthers = { ...next, ref: { ...next.ref, others: 'a=b' } };
    const text = (nextPage: PageLocation) => {
      const cursor = codec.ofPosition({ previousRecord: null, nextPage, previousPage: null });
      expect(codec.decode(cursor).nextPage).toEqual(nextPage);
      return Buffer.from(cursor.split('.')[1] ?? '', 'base64url')
        .subarray(18)
        .toString();
    };
    expect(text(next)).toBe('[null,[10,"1","PA",10,7,1,9]]');
    expect(text(withOthers)).toBe('[null,[10,"1","PA",10,7,1,9,0,"a=b"]]');
    expect(text({ ...next, precedingFingerprint: 0 })).toBe('[null,[10,"1","PA",10,7,1,9,0,null,0]]');
    expect(text({ ...withOthers, precedingFingerprint: 2 ** 53 - 1 })).toBe(
      '[null,[10,"1","PA",10,7,1,9,0,"a=b",9007199254740991]]',
    );
    const empty = { ...next, ref: { ...next.ref, others: '' } };
    expect(text({ ...empty, precedingFingerprint: 5 })).toBe('[null,[10,"1","PA",10,7,1,9,0,"",5]]');
    const first = { size: 10, page: null, token: null };
    const start = { ...next, ref: first, offset: 0, cycle: { steps: 0, marked: 0 } };
    expect(text({ ...start, precedingFingerprint: 5 })).toBe('[null,[10,null,null,0,7,0,0,0,null,5]]');
  });

  test('are decoded to the position that was encoded', () => {
    const small = fc.record({
      largest: fc.integer({ min: 3, max: 60 }),
      budget: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(identities, patterns, windowSizes, small, (given, pattern, count, known) => {
        const { list, matching } = new ChangingList(given, pattern);
        const all = { ...settings, ...known, ...only(matching) };
        let after: CursorPosition | null = null;
        for (let window = 0; window < 20; window++) {
          const answer: Window<TestRecord> = list.run(forward({ count, after, before: null }, all));
          const last = answer.records.at(-1);
          const position: CursorPosition | null = last === undefined ? answer.continuation : positionOf(last);
          if (position === null) return;
          expect(codec.decode(codec.ofPosition(position))).toEqual(position);
          for (const record of answer.records) {
            expect(codec.decode(codec.ofRecord(record))).toEqual(positionOf(record));
          }
          after = position;
        }
      }),
      { numRuns: 100 },
    );
  });

  test('are those of a walk without a filter if there is none', () => {
    const cursors = (known: Known) =>
      [...windowsOf(listOf(100), 7, known)].flatMap((answer) => answer.cursors());
    expect(cursors({ matches: null })).toEqual(cursors({}));
    // A filter that matches every record adds the preceding fingerprint only to cursors with a next page.
    const filtered = cursors({ largest: 7, matches: () => true });
    const differing = cursors({ largest: 7 }).filter((cursor, at) => cursor !== filtered[at]);
    expect(differing).toHaveLength(Math.floor(100 / 7));
  });
});
