import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arrivals, distinct, duplicates, sizes } from './arbitraries.js';
import { ask, walk } from './client.js';
import { UpstreamList } from './upstream-list.js';

const identities = fc.oneof(distinct(2500), duplicates(2500));
const steps = fc.array(fc.record({ size: sizes, arrived: arrivals }), { minLength: 1, maxLength: 8 });

describe('a forward walk', () => {
  test('returns each record of the start once, in order, for any window sizes, while other records arrive', () => {
    fc.assert(
      fc.property(identities, steps, (given, steps) => {
        const list = new UpstreamList(given);
        const atStart = list.keys;
        const walked: number[] = [];
        const step = (window: number) => steps[window % steps.length] ?? { size: 50, arrived: 0 };
        let window = 0;
        for (const answer of walk(list, (window) => step(window).size, 100)) {
          walked.push(...answer.keys);
          if (answer.hasNextPage) expect(answer.keys).toHaveLength(step(window).size);
          list.arrive(step(window).arrived);
          window += 1;
        }
        expect(walked).toEqual(window < 100 ? atStart : atStart.slice(0, walked.length));
      }),
      { numRuns: 120 },
    );
  });

  test('continues from any edge, however many records have arrived since', () => {
    fc.assert(
      fc.property(identities, steps, fc.nat(), sizes, (given, steps, pick, count) => {
        const list = new UpstreamList(given);
        const atStart = list.keys;
        const cursors: string[] = [];
        for (const answer of walk(list, (window) => steps[window % steps.length]?.size ?? 50, steps.length)) {
          cursors.push(...answer.cursors());
        }
        fc.pre(cursors.length > 0);
        const at = pick % cursors.length;
        list.arrive(steps[0]?.arrived ?? 0);
        const { keys } = ask(list, { first: count, after: cursors[at] ?? null });
        expect(keys).toEqual(atStart.slice(at + 1, at + 1 + count));
      }),
      { numRuns: 100 },
    );
  });
});

describe('a backward walk', () => {
  test('returns the records before any edge, including those that have arrived since', () => {
    fc.assert(
      fc.property(identities, steps, fc.nat(), sizes, fc.boolean(), (given, steps, pick, count, rejected) => {
        const list = new UpstreamList(given);
        list.previousPages = rejected ? 'rejected' : 'accepted';
        const cursors: string[] = [];
        for (const answer of walk(list, (window) => steps[window % steps.length]?.size ?? 50, 60)) {
          cursors.push(...answer.cursors());
        }
        fc.pre(cursors.length > 0);
        const arrived = steps[0]?.arrived ?? 0;
        const at = pick % cursors.length;
        list.arrive(arrived);
        const answer = ask(list, { last: count, before: cursors[at] ?? null });
        const start = Math.max(0, arrived + at - count);
        expect(answer.keys).toEqual(list.keys.slice(start, arrived + at));
        expect(answer.hasPreviousPage).toBe(start > 0);
        expect(answer.hasNextPage).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('returns each record once, in list order, from the end of the list to its start', () => {
    fc.assert(
      fc.property(identities, steps, fc.boolean(), (given, steps, rejected) => {
        const list = new UpstreamList(given);
        list.previousPages = rejected ? 'rejected' : 'accepted';
        let walked: number[] = [];
        let before: string | null = null;
        for (let window = 0; ; window++) {
          const { size, arrived } = steps[window % steps.length] ?? { size: 50, arrived: 0 };
          const answer = ask(list, { last: size, before });
          walked = [...answer.keys, ...walked];
          if (!answer.hasPreviousPage) break;
          expect(answer.keys).toHaveLength(size);
          before = answer.startCursor;
          if (window < 20) list.arrive(arrived);
        }
        expect(walked).toEqual(list.keys.slice(-walked.length));
        expect(walked.length).toBeGreaterThanOrEqual(given.length);
      }),
      { numRuns: 60 },
    );
  });
});

test('a window leads to the records directly before and after it, in any sequence of directions', () => {
  const turn = fc.record({ argument: fc.constantFrom('first', 'last'), size: sizes, arrived: arrivals });
  fc.assert(
    fc.property(identities, fc.array(turn, { minLength: 2, maxLength: 12 }), (given, turns) => {
      const list = new UpstreamList(given);
      let answer = ask(list, { first: 20 });
      for (const { argument, size, arrived } of turns) {
        const { startCursor, endCursor, keys } = answer;
        if (startCursor === null) return;
        list.arrive(arrived);
        const start = list.keys.indexOf(keys[0] ?? -1);
        const end = start + keys.length;
        if (argument === 'first') {
          answer = ask(list, { first: size, after: endCursor });
          expect(answer.keys).toEqual(list.keys.slice(end, end + size));
        } else {
          answer = ask(list, { last: size, before: startCursor });
          expect(answer.keys).toEqual(list.keys.slice(Math.max(0, start - size), start));
        }
      }
    }),
    { numRuns: 100 },
  );
});
