import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CursorExpiredError, PageBudgetExceededError } from '../../src/pagination/errors.js';
import type { PageRef } from '../../src/pagination/page.js';
import { RepeatedTokenError } from '../../src/pagination/walk/cycle-detector.js';
import { twins } from './arbitraries.js';
import { ask, BUDGET, walk } from './client.js';
import { type Fault, UpstreamList } from './upstream-list.js';

const listOf = (length: number) => new UpstreamList(Array.from({ length }, (_, at) => `record ${at}`));

describe('empty pages with a next page', () => {
  test('are walked past', () => {
    const list = listOf(30);
    list.emptyPages = 3;
    const answer = ask(list, { first: 20 });
    expect(answer).toMatchObject({ keys: list.keys.slice(0, 20), hasNextPage: true });
    const [page] = [...walk(list, () => 10)].slice(1);
    expect(page).toMatchObject({ keys: list.keys.slice(10, 20), cost: 4 });
  });

  test('at the head are walked past too', () => {
    const list = listOf(10);
    list.fault = startingWithEmptyPages(3);
    expect(ask(list, { first: 10 })).toMatchObject({ keys: list.keys, hasNextPage: false, cost: 4 });
  });

  test('that use the budget up end a window early, and its end cursor leads on from where it ended', () => {
    const list = listOf(30);
    const [, page] = [...walk(list, () => 10)];
    list.emptyPages = 30;
    const short = ask(list, { first: 10, after: page?.cursors()[4] ?? null });
    expect(short).toMatchObject({ keys: list.keys.slice(15, 20), hasNextPage: true, cost: BUDGET });
    const rest = ask(list, { first: 10, after: short.endCursor });
    expect(rest).toMatchObject({ keys: list.keys.slice(20, 30), hasNextPage: false, cost: 7 });
  });

  test('that use the budget up leave a window without an edge, whose end cursor leads on', () => {
    const list = listOf(10);
    list.fault = startingWithEmptyPages(BUDGET + 5);
    const none = ask(list, { first: 10 });
    expect(none).toMatchObject({ keys: [], hasNextPage: true, startCursor: null, cost: BUDGET });
    const rest = ask(list, { first: 10, after: none.endCursor });
    expect(rest).toMatchObject({ keys: list.keys, hasNextPage: false, cost: 6 });
  });

  test('that have come to stand in front of the head do not keep a walk from going on', () => {
    const list = listOf(2000);
    const { endCursor } = ask(list, { first: 10 });
    list.fault = startingWithEmptyPages(BUDGET + 5);
    const answer = ask(list, { first: 1000, after: endCursor });
    expect(answer.keys).toEqual(list.keys.slice(10, 10 + answer.keys.length));
    expect(answer).toMatchObject({ hasNextPage: true, cost: BUDGET });
    expect(answer.keys.length).toBeGreaterThanOrEqual(200);
  });

  test('between any pages are no end to a walk, and hide and repeat no record', () => {
    fc.assert(
      fc.property(
        twins(120),
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
            // The head is behind empty pages only as long as it is the same head.
            if (atHead === 0) list.arrive(arrived);
          }
          expect(walked).toEqual(atStart);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('that run into the end of the list end the walk', () => {
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

  /** Behind the list's last record: a page with nothing on it, and no page behind it. */
  const dangling: PageRef = { size: 10, page: '1', token: 'on/9/0' };
});

describe('a next page that is empty and the last', () => {
  test('makes the last window empty, and is no error', () => {
    const list = listOf(20);
    list.fault = (page, ref) =>
      page.records.at(-1)?.key === 19
        ? { ...page, next: { size: ref.size, page: '2', token: `on/19/0` } }
        : page;
    const answers = [...walk(list, () => 10)];
    expect(answers.map(({ keys, hasNextPage }) => [keys.length, hasNextPage])).toEqual([
      [10, true],
      [10, true],
      [0, false],
    ]);
  });

  test('is found out at once by a window that has room left', () => {
    const list = listOf(20);
    list.fault = (page, ref) =>
      page.records.at(-1)?.key === 19
        ? { ...page, next: { size: ref.size, page: '2', token: `on/19/0` } }
        : page;
    expect(ask(list, { first: 30 })).toMatchObject({ keys: list.keys, hasNextPage: false });
  });
});

describe('the budget', () => {
  test('that is used up by the last page of the list ends no window early', () => {
    const list = listOf(BUDGET);
    list.fault = inPagesOf(1);
    expect(ask(list, { first: 1000 })).toMatchObject({ keys: list.keys, hasNextPage: false, cost: BUDGET });
  });

  test('that is used up one page before the end leaves a window that leads on to it', () => {
    const list = listOf(BUDGET + 1);
    list.fault = inPagesOf(1);
    const short = ask(list, { first: 1000 });
    expect(short).toMatchObject({ keys: list.keys.slice(0, BUDGET), hasNextPage: true, cost: BUDGET });
    const rest = ask(list, { first: 1000, after: short.endCursor });
    expect(rest).toMatchObject({ keys: list.keys.slice(BUDGET), hasNextPage: false, cost: 1 });
  });

  test('leaves a window short, and never unreachable, where the head is too far to start again from', () => {
    const list = listOf(60_000);
    const deep = ask(list, { first: 1, after: deepCursor(list) });
    const answer = ask(list, { first: 1000, after: deep.endCursor });
    expect(answer.cost).toBeLessThanOrEqual(BUDGET);
    expect(answer.hasNextPage).toBe(true);
    // Two records behind the cursor's in its page, and three in each page behind it.
    expect(answer.keys).toEqual(list.keys.slice(30_001, 30_001 + 2 + 3 * (BUDGET - 1)));
  });

  test('ends a walk back early in the same way', () => {
    const list = listOf(60_000);
    const cursor = deepCursor(list);
    const answer = ask(list, { last: 1000, before: cursor });
    expect(answer.cost).toBeLessThanOrEqual(BUDGET);
    expect(answer.hasPreviousPage).toBe(true);
    expect(answer.keys.length).toBeGreaterThan(0);
    expect(answer.keys).toEqual(list.keys.slice(29_999 - answer.keys.length, 29_999));
  });

  test('says that the end of a long list is too far from its head', () => {
    const list = listOf(BUDGET * 1000 + 1);
    expect(() => ask(list, { last: 10 })).toThrow(PageBudgetExceededError);
    expect(list.requests).toHaveLength(BUDGET);
    list.vanish(0);
    expect(ask(list, { last: 10 })).toMatchObject({ keys: list.keys.slice(-10), cost: BUDGET });
  });

  /** The cursor of record 29,999, from a walk that went on in pages of 3. */
  function deepCursor(list: UpstreamList): string | null {
    let cursor: string | null = null;
    for (const answer of walk(list, () => 3, 10_000)) cursor = answer.endCursor;
    return cursor;
  }
});

describe('a page token that comes back', () => {
  test('at once, from the page that it names, is noticed with that page', () => {
    const list = listOf(100);
    list.fault = (page, ref) => (ref.token === 'on/29/0' ? { ...page, next: ref } : page);
    const answers = walk(list, () => 10);
    for (let window = 0; window < 3; window++) answers.next();
    expect(() => answers.next()).toThrow(RepeatedTokenError);
    expect(list.requests).toHaveLength(4);
  });

  test.each([1, 2, 3, 4, 5, 6])('after %i pages is noticed within one window', (length) => {
    const list = listOf(100);
    list.fault = inPagesOf(1, length);
    expect(() => ask(list, { first: 1000 })).toThrow(RepeatedTokenError);
    expect(list.requests.length).toBeLessThanOrEqual(length + 4);
  });

  test.each([1, 2, 3, 4, 5, 6])(
    'after %i pages is noticed by a walk of many windows, on any instance',
    (length) => {
      const list = listOf(100);
      list.fault = inPagesOf(10, length);
      expect(() => [...walk(list, () => 10, 200)]).toThrow(RepeatedTokenError);
      expect(list.requests.length).toBeLessThanOrEqual(32);
    },
  );

  test('from empty pages is noticed as well', () => {
    const list = listOf(100);
    list.fault = (page, ref) =>
      ref.token === null ? page : { records: [], next: { ...ref, token: 'on/9/0' }, previous: null };
    const { endCursor } = ask(list, { first: 10 });
    expect(() => ask(list, { first: 10, after: endCursor })).toThrow(RepeatedTokenError);
  });

  test('from a previous page is noticed', () => {
    const list = listOf(5000);
    const cursor = [...walk(list, () => 100)].at(-1)?.startCursor ?? null;
    list.fault = (page, ref) => (ref.token?.startsWith('back') ? { ...page, previous: ref } : page);
    expect(() => ask(list, { last: 250, before: cursor })).toThrow(RepeatedTokenError);
  });
});

describe('a page token that the upstream refuses', () => {
  const refuse: Fault = (page, ref) => (ref.token === null ? page : { rejection: new Error('33103') });

  test('came with a cursor: the cursor has expired', () => {
    const list = listOf(100);
    const answers = [...walk(list, () => 10)];
    list.fault = refuse;
    expect(() => ask(list, { first: 10, after: answers[0]?.endCursor ?? null })).toThrow(CursorExpiredError);
    expect(() => ask(list, { first: 10, after: answers[4]?.cursors()[3] ?? null })).toThrow(
      CursorExpiredError,
    );
    expect(() => ask(list, { last: 2, before: answers[4]?.cursors()[3] ?? null })).toThrow(
      CursorExpiredError,
    );
  });

  test('was given just now: that is the upstream failing, and no fault of a cursor', () => {
    const list = listOf(100);
    list.fault = (page, ref) =>
      refuse(ref.token === null ? { ...page, records: page.records.slice(0, 5) } : page, ref);
    expect(() => ask(list, { first: 10 })).toThrow('33103');
  });

  test('leads back: the head leads there as well', () => {
    const list = listOf(5000);
    const cursor = [...walk(list, () => 100)].at(-1)?.startCursor ?? null;
    list.previousPages = 'refused';
    expect(ask(list, { last: 100, before: cursor })).toMatchObject({
      keys: list.keys.slice(4800, 4900),
      cost: 6,
    });
  });
});

describe('a record that has vanished', () => {
  test('expires the cursors that are found by it', () => {
    const list = listOf(100);
    const [, cursor = null] = ask(list, { first: 10 }).cursors();
    list.vanish(1);
    expect(() => ask(list, { first: 10, after: cursor })).toThrow(CursorExpiredError);
    expect(() => ask(list, { last: 10, before: cursor })).toThrow(CursorExpiredError);
  });

  test('is no loss where the page token of its cursor leads on', () => {
    const list = listOf(2500);
    const { endCursor } = ask(list, { first: 100 });
    list.records = list.records.map((record) =>
      record.key === 99 ? { ...record, identity: 'another' } : record,
    );
    // The head is looked through first, in vain, and its pages have some of the same tokens.
    const answer = ask(list, { first: 1000, after: endCursor });
    expect(answer.keys).toEqual(list.keys.slice(100, 1100));
  });

  test('in front of a cursor does not keep it from being found', () => {
    const list = listOf(100);
    const cursor = ask(list, { first: 10 }).cursors()[5] ?? null;
    list.vanish(0, 3);
    list.arrive(4);
    expect(ask(list, { first: 10, after: cursor }).keys).toEqual(list.keys.slice(8, 18));
  });
});

/** Empty pages in front of the first record, each with a token of its own. */
function startingWithEmptyPages(count: number): Fault {
  let head: ReturnType<Fault> | undefined;
  return (page, ref) => {
    if (count === 0) return page;
    const met = ref.page?.startsWith('empty') ? Number(ref.page.slice('empty'.length)) : 0;
    if (ref.token === null) head = page;
    else if (met === 0) return page;
    if (met === count && head !== undefined) return head;
    const next = { size: ref.size, page: `empty${met + 1}`, token: `on/${-1 - met}/0` };
    return { records: [], next, previous: null };
  };
}

/** Pages of fewer records than are asked for; in a circle of so many pages, where `circle` is given. */
function inPagesOf(size: number, circle = Number.POSITIVE_INFINITY): Fault {
  return (page, ref) => {
    if ('refusal' in page) return page;
    const records = page.records.slice(0, size);
    const last = records.at(-1)?.key ?? 0;
    const onward = page.records.length > size || page.next !== null;
    const end = last + 1 >= size * (circle + 1) ? size - 1 : last;
    return {
      ...page,
      records,
      next: onward ? { size: ref.size, page: '1', token: `on/${end}/0` } : null,
    };
  };
}
