import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RepeatedTokenError } from '../../src/pagination/walk/cycle-detector.js';
import { fullWalk } from '../../src/pagination/walk/full.js';
import type { WalkSettings } from '../../src/pagination/walk/walker.js';
import { distinct, duplicates } from './arbitraries.js';
import { BUDGET, settings } from './client.js';
import { type TestRecord, UpstreamList } from './upstream-list.js';

const listOf = (length: number) => new UpstreamList(Array.from({ length }, (_, at) => `record ${at}`));

interface Read {
  /** Whether the list has been read to its end. */
  readonly isComplete: boolean;
  /** Keys of the records of each page. */
  readonly pages: number[][];
}

/**
 * Reads a list.
 *
 * @param continues - called after each page with the number of pages read
 */
function read(
  list: UpstreamList,
  known: Partial<WalkSettings<TestRecord>> = {},
  continues: (pages: number) => boolean = () => true,
): Read {
  const pages: number[][] = [];
  const isComplete = list.run(
    fullWalk({ ...settings, ...known }, (records) => {
      pages.push(records.map(({ key }) => key));
      return continues(pages.length);
    }),
  );
  return { isComplete, pages };
}

describe('a full walk', () => {
  test('hands over each record that existed at its start once, in order, while other records arrive', () => {
    fc.assert(
      fc.property(
        fc.oneof(distinct(300), duplicates(300)),
        fc.integer({ min: 20, max: 1000 }),
        fc.nat(3),
        fc.nat(30),
        (given, largest, emptyPages, arrived) => {
          const list = new UpstreamList(given);
          list.emptyPages = emptyPages;
          const atStart = list.keys;
          const { isComplete, pages } = read(list, { largest, budget: 100 }, () => {
            list.arrive(arrived);
            return true;
          });
          expect(isComplete).toBe(true);
          expect(pages.flat()).toEqual(atStart);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('hands over only matching records if there is a filter', () => {
    const list = listOf(25);
    const filter = { matches: ({ key }: TestRecord) => key % 6 === 5 && key < 20 };
    expect(read(list, { largest: 10, ...filter })).toEqual({ isComplete: true, pages: [[5], [11, 17], []] });
  });

  test('reads the largest pages that the list accepts', () => {
    const list = listOf(600);
    list.fault = (page, ref) =>
      ref.token === null && ref.size > 250 ? { rejection: new Error('500') } : page;
    expect(read(list).pages.map(({ length }) => length)).toEqual([250, 250, 100]);
    expect(list.requests.map(({ size }) => size)).toEqual([1000, 500, 250, 250, 250]);
  });

  test('reads an empty list with one request', () => {
    const list = listOf(0);
    expect(read(list)).toEqual({ isComplete: true, pages: [[]] });
    expect(list.requests).toHaveLength(1);
  });

  test('ends with its page budget, and the list is complete only if that is its last page', () => {
    const list = listOf(BUDGET * 10 + 1);
    const { isComplete, pages } = read(list, { largest: 10 });
    expect(isComplete).toBe(false);
    expect(pages.flat()).toEqual(list.keys.slice(0, -1));
    expect(list.requests).toHaveLength(BUDGET);
    list.remove(0);
    expect(read(list, { largest: 10 }).isComplete).toBe(true);
  });

  test('ends early when it is told to, without another request', () => {
    const list = listOf(50);
    const { isComplete, pages } = read(list, { largest: 10 }, (pages) => pages < 2);
    expect(isComplete).toBe(false);
    expect(pages.flat()).toEqual(list.keys.slice(0, 20));
    expect(list.requests).toHaveLength(2);
  });

  test('is complete after the last page, even if it is told to end there', () => {
    expect(read(listOf(50), { largest: 10 }, (pages) => pages < 5).isComplete).toBe(true);
  });

  test('detects a repeated page token', () => {
    const list = listOf(100);
    list.fault = (page, ref) =>
      ref.token === 'next/29/0' ? { ...page, next: { ...ref, token: 'next/9/0' } } : page;
    expect(() => read(list, { largest: 10 })).toThrow(RepeatedTokenError);
    expect(list.requests).toHaveLength(4);
  });

  test('fails when the upstream rejects a page token that it has just issued', () => {
    const list = listOf(30);
    list.fault = (page, ref) => (ref.token === null ? page : { rejection: new Error('33103') });
    expect(() => read(list, { largest: 10 })).toThrow('33103');
  });
});
