import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CursorExpiredError, PageBudgetExceededError } from '../../src/pagination/errors.js';
import type { PageRef } from '../../src/pagination/page.js';
import { RepeatedTokenError } from '../../src/pagination/walk/cycle-detector.js';
import { duplicates } from './arbitraries.js';
import { ask, BUDGET, walk } from './client.js';
import { type Fault, UpstreamList } from './upstream-list.js';

const listOf = (length: number) => new UpstreamList(Array.from({ length }, (_, at) => `record ${at}`));

describe('a walk over empty pages', () => {
  test('continues with the next page', () => {
    const list = listOf(30);
    list.emptyPages = 3;
    const answer = ask(list, { first: 20 });
    expect(answer).toMatchObject({ keys: list.keys.slice(0, 20), hasNextPage: true });
    const [page] = [...walk(list, () => 10)].slice(1);
    expect(page).toMatchObject({ keys: list.keys.slice(10, 20), cost: 4 });
  });

  test('continues after empty pages at the start of the list', () => {
    const list = listOf(10);
    list.fault = startingWithEmptyPages(3);
    expect(ask(list, { first: 10 })).toMatchObject({ keys: list.keys, hasNextPage: false, cost: 4 });
  });

  test('truncates a window at the page budget, and its end cursor continues from there', () => {
    const list = listOf(30);
    const [, page] = [...walk(list, () => 10)];
    list.emptyPages = 30;
    const short = ask(list, { first: 10, after: page?.cursors()[4] ?? null });
    expect(short).toMatchObject({ keys: list.keys.slice(15, 20), hasNextPage: true, cost: BUDGET });
    const rest = ask(list, { first: 10, after: short.endCursor });
    expect(rest).toMatchObject({ keys: list.keys.slice(20, 30), hasNextPage: false, cost: 7 });
  });

  test('returns a continuation cursor when the page budget ends before the first edge', () => {
    const list = listOf(10);
    list.fault = startingWithEmptyPages(BUDGET + 5);
    const none = ask(list, { first: 10 });
    expect(none).toMatchObject({ keys: [], hasNextPage: true, startCursor: null, cost: BUDGET });
    const rest = ask(list, { first: 10, after: none.endCursor });
    expect(rest).toMatchObject({ keys: list.keys, hasNextPage: false, cost: 6 });
  });

  test('continues from a cursor when empty pages have appeared at the start of the list', () => {
    const list = listOf(2000);
    const { endCursor } = ask(list, { first: 10 });
    list.fault = startingWithEmptyPages(BUDGET + 5);
    const answer = ask(list, { first: 1000, after: endCursor });
    expect(answer.keys).toEqual(list.keys.slice(10, 10 + answer.keys.length));
    expect(answer).toMatchObject({ hasNextPage: true, cost: BUDGET });
    expect(answer.keys.length).toBeGreaterThanOrEqual(200);
  });

  test('returns each record once, wherever the empty pages are', () => {
    fc.assert(
      fc.property(
        duplicates(120),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 }),
        fc.nat(60),
        fc.nat(60),
        fc.nat(10),
        (given, sizes, emptyPages, atHead, arrived) => {
          const list = new UpstreamList(given);
          list.emptyPages = emptyPages;
          list.fault = startingWithEmptyPages(atHead);
          const walked: number[] = [];
          const atStart = list.keys;
          for (const answer of walk(list, (window) => sizes[window % sizes.length] ?? 10, 1000)) {
            expect(answer.cost).toBeLessThanOrEqual(BUDGET);
            walked.push(...answer.keys);
            // The fault repeats one first page after its empty pages, so no records may arrive then.
            if (atHead === 0) list.arrive(arrived);
          }
          expect(walked).toEqual(atStart);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('ends when an empty page is the last one', () => {
    const list = listOf(10);
    list.fault = (page) =>
      page.records.length === 0 || page.next === null ? { ...page, next: dangling } : page;
    const full = ask(list, { first: 10 });
    expect(full.hasNextPage).toBe(true);
    list.fault = (page) => page;
    expect(ask(list, { first: 10, after: full.endCursor })).toMatchObject({
      keys: [],
      hasNextPage: false,
      cost: 1,
    });
  });

  /** The page after the last record: it is empty and has no next page. */
  const dangling: PageRef = { size: 10, page: '1', token: 'next/9/0' };
});

describe('an empty last page', () => {
  test('gives an empty last window without an error', () => {
    const list = listOf(20);
    list.fault = (page, ref) =>
      page.records.at(-1)?.key === 19
        ? { ...page, next: { size: ref.size, page: '2', token: `next/19/0` } }
        : page;
    const answers = [...walk(list, () => 10)];
    expect(answers.map(({ keys, hasNextPage }) => [keys.length, hasNextPage])).toEqual([
      [10, true],
      [10, true],
      [0, false],
    ]);
  });

  test('is read within a window that is not full yet', () => {
    const list = listOf(20);
    list.fault = (page, ref) =>
      page.records.at(-1)?.key === 19
        ? { ...page, next: { size: ref.size, page: '2', token: `next/19/0` } }
        : page;
    expect(ask(list, { first: 30 })).toMatchObject({ keys: list.keys, hasNextPage: false });
  });
});

describe('the page budget', () => {
  test('does not truncate a window whose last page is the last one of the list', () => {
    const list = listOf(BUDGET);
    list.fault = inPagesOf(1);
    expect(ask(list, { first: 1000 })).toMatchObject({ keys: list.keys, hasNextPage: false, cost: BUDGET });
  });

  test('truncates a window one page before the end, and its end cursor leads to the rest', () => {
    const list = listOf(BUDGET + 1);
    list.fault = inPagesOf(1);
    const short = ask(list, { first: 1000 });
    expect(short).toMatchObject({ keys: list.keys.slice(0, BUDGET), hasNextPage: true, cost: BUDGET });
    const rest = ask(list, { first: 1000, after: short.endCursor });
    expect(rest).toMatchObject({ keys: list.keys.slice(BUDGET), hasNextPage: false, cost: 1 });
  });

  test('truncates a window that is too far from the first page for a restart', () => {
    const list = listOf(60_000);
    const deep = ask(list, { first: 1, after: deepCursor(list) });
    const answer = ask(list, { first: 1000, after: deep.endCursor });
    expect(answer.cost).toBeLessThanOrEqual(BUDGET);
    expect(answer.hasNextPage).toBe(true);
    // Two records after the cursor's record in its page, and three in each page after it.
    expect(answer.keys).toEqual(list.keys.slice(30_001, 30_001 + 2 + 3 * (BUDGET - 1)));
  });

  test('truncates the window of a backward walk', () => {
    const list = listOf(60_000);
    const cursor = deepCursor(list);
    const answer = ask(list, { last: 1000, before: cursor });
    expect(answer.cost).toBeLessThanOrEqual(BUDGET);
    expect(answer.hasPreviousPage).toBe(true);
    expect(answer.keys.length).toBeGreaterThan(0);
    expect(answer.keys).toEqual(list.keys.slice(29_999 - answer.keys.length, 29_999));
  });

  test('is exceeded when the end of a list is too far from its first page', () => {
    const list = listOf(BUDGET * 1000 + 1);
    expect(() => ask(list, { last: 10 })).toThrow(PageBudgetExceededError);
    expect(list.requests).toHaveLength(BUDGET);
    list.remove(0);
    expect(ask(list, { last: 10 })).toMatchObject({ keys: list.keys.slice(-10), cost: BUDGET });
  });

  /** The cursor of record 29,999, from a walk in pages of 3. */
  function deepCursor(list: UpstreamList): string | null {
    let cursor: string | null = null;
    for (const answer of walk(list, () => 3, 10_000)) cursor = answer.endCursor;
    return cursor;
  }
});

describe('a repeated page token', () => {
  test('is detected when a page refers to itself, without another request', () => {
    const list = listOf(100);
    list.fault = (page, ref) => (ref.token === 'next/29/0' ? { ...page, next: ref } : page);
    const answers = walk(list, () => 10);
    for (let window = 0; window < 3; window++) answers.next();
    expect(() => answers.next()).toThrow(RepeatedTokenError);
    expect(list.requests).toHaveLength(4);
  });

  test.each([1, 2, 3, 4, 5, 6])('is detected within one window when it repeats after %i pages', (length) => {
    const list = listOf(100);
    list.fault = inPagesOf(1, length);
    expect(() => ask(list, { first: 1000 })).toThrow(RepeatedTokenError);
    expect(list.requests.length).toBeLessThanOrEqual(length + 4);
  });

  test.each([1, 2, 3, 4, 5, 6])(
    'is detected across windows and instances when it repeats after %i pages',
    (length) => {
      const list = listOf(100);
      list.fault = inPagesOf(10, length);
      expect(() => [...walk(list, () => 10, 200)]).toThrow(RepeatedTokenError);
      expect(list.requests.length).toBeLessThanOrEqual(32);
    },
  );

  test('is detected on empty pages', () => {
    const list = listOf(100);
    list.fault = (page, ref) =>
      ref.token === null ? page : { records: [], next: { ...ref, token: 'next/9/0' }, previous: null };
    const { endCursor } = ask(list, { first: 10 });
    expect(() => ask(list, { first: 10, after: endCursor })).toThrow(RepeatedTokenError);
  });

  test('is detected on previous pages', () => {
    const list = listOf(5000);
    const cursor = [...walk(list, () => 100)].at(-1)?.startCursor ?? null;
    list.fault = (page, ref) => (ref.token?.startsWith('previous') ? { ...page, previous: ref } : page);
    expect(() => ask(list, { last: 250, before: cursor })).toThrow(RepeatedTokenError);
  });
});

describe('a page token that the upstream rejects', () => {
  const rejectTokens: Fault = (page, ref) => (ref.token === null ? page : { rejection: new Error('33103') });

  test('is reported as an expired cursor if it came from a cursor', () => {
    const list = listOf(100);
    const answers = [...walk(list, () => 10)];
    list.fault = rejectTokens;
    expect(() => ask(list, { first: 10, after: answers[0]?.endCursor ?? null })).toThrow(CursorExpiredError);
    expect(() => ask(list, { first: 10, after: answers[4]?.cursors()[3] ?? null })).toThrow(
      CursorExpiredError,
    );
    expect(() => ask(list, { last: 2, before: answers[4]?.cursors()[3] ?? null })).toThrow(
      CursorExpiredError,
    );
  });

  test('is reported as an upstream error if the upstream has just issued it', () => {
    const list = listOf(100);
    list.fault = (page, ref) =>
      rejectTokens(ref.token === null ? { ...page, records: page.records.slice(0, 5) } : page, ref);
    expect(() => ask(list, { first: 10 })).toThrow('33103');
  });

  test('is replaced by a restart from the first page when it is that of a previous page', () => {
    const list = listOf(5000);
    const cursor = [...walk(list, () => 100)].at(-1)?.startCursor ?? null;
    list.previousPages = 'rejected';
    expect(ask(list, { last: 100, before: cursor })).toMatchObject({
      keys: list.keys.slice(4800, 4900),
      cost: 6,
    });
  });
});

describe('a removed record', () => {
  test('expires the cursors that need it', () => {
    const list = listOf(100);
    const [, cursor = null] = ask(list, { first: 10 }).cursors();
    list.remove(1);
    expect(() => ask(list, { first: 10, after: cursor })).toThrow(CursorExpiredError);
    expect(() => ask(list, { last: 10, before: cursor })).toThrow(CursorExpiredError);
  });

  test('does not expire a cursor that has the token of the next page', () => {
    const list = listOf(2500);
    const { endCursor } = ask(list, { first: 100 });
    list.records = list.records.map((record) =>
      record.key === 99 ? { ...record, identity: 'another' } : record,
    );
    // The search from the first page fails, and its pages have some of the tokens that the walk continues with.
    const answer = ask(list, { first: 1000, after: endCursor });
    expect(answer.keys).toEqual(list.keys.slice(100, 1100));
  });

  test('does not expire a cursor of a later record', () => {
    const list = listOf(100);
    const cursor = ask(list, { first: 10 }).cursors()[5] ?? null;
    list.remove(0, 3);
    list.arrive(4);
    expect(ask(list, { first: 10, after: cursor }).keys).toEqual(list.keys.slice(8, 18));
  });
});

/** Puts empty pages before the first record, each with a distinct token. */
function startingWithEmptyPages(count: number): Fault {
  let firstPage: ReturnType<Fault> | undefined;
  return (page, ref) => {
    if (count === 0) return page;
    const emptyPagesBefore = ref.page?.startsWith('empty') ? Number(ref.page.slice('empty'.length)) : 0;
    if (ref.token === null) firstPage = page;
    else if (emptyPagesBefore === 0) return page;
    if (emptyPagesBefore === count && firstPage !== undefined) return firstPage;
    const next = {
      size: ref.size,
      page: `empty${emptyPagesBefore + 1}`,
      token: `next/${-1 - emptyPagesBefore}/0`,
    };
    return { records: [], next, previous: null };
  };
}

/** Returns pages of fewer records than requested; after `cycle` pages, if given, the page tokens repeat. */
function inPagesOf(size: number, cycle = Number.POSITIVE_INFINITY): Fault {
  return (page, ref) => {
    const records = page.records.slice(0, size);
    const last = records.at(-1)?.key ?? 0;
    const hasNext = page.records.length > size || page.next !== null;
    const end = last + 1 >= size * (cycle + 1) ? size - 1 : last;
    return {
      ...page,
      records,
      next: hasNext ? { size: ref.size, page: '1', token: `next/${end}/0` } : null,
    };
  };
}
