import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrivals, distinct, duplicates, sizes } from './arbitraries.js';
import { ask, BUDGET, type TestWindow } from './client.js';
import { type Fault, UpstreamList } from './upstream-list.js';

const SIZES = [1000, 500, 250, 100, 50];
/** Rejections of one walk at most: each size except the last one. */
const MAX_REJECTIONS = SIZES.length - 1;

const rejection = new Error('500');
const rejectAbove =
  (most: number): Fault =>
  (page, ref) =>
    ref.token === null && ref.size > most ? { rejection: rejection } : page;

function listOf(length: number, most: number): UpstreamList {
  const list = new UpstreamList(Array.from({ length }, (_, at) => `record ${at}`));
  list.fault = rejectAbove(most);
  return list;
}

const requestedSizes = (list: UpstreamList) => list.requests.map(({ size }) => size);

/** Largest requested page size that a list accepts if it rejects pages of more than `most` records. */
const largestBelow = (most: number) => SIZES.find((size) => size <= most) ?? 0;

describe('a rejected first page', () => {
  it.each([
    [1000, 1000, [1000]],
    [999, 1000, [1000, 500, 500]],
    [500, 1000, [1000, 500, 500]],
    [400, 1000, [1000, 500, 250, 250, 250, 250]],
    [100, 700, [700, 500, 250, 100, 100, 100, 100, 100, 100, 100]],
    [50, 60, [60, 50, 50]],
    [50, 50, [50]],
  ])('is retried with smaller sizes: limit %i, window of %i records', (most, first, asked) => {
    const list = listOf(3000, most);
    expect(ask(list, { first }).keys).toEqual(list.keys.slice(0, first));
    expect(requestedSizes(list)).toEqual(asked);
  });

  it('is retried at most four times, and the first error is reported', () => {
    const list = listOf(100, 0);
    expect(() => ask(list, { first: 1000 })).toThrow(rejection);
    expect(requestedSizes(list)).toEqual(SIZES);
  });

  it('is not retried if it has 50 records or less', () => {
    const list = listOf(100, 0);
    expect(() => ask(list, { first: 50 })).toThrow(rejection);
    expect(requestedSizes(list)).toEqual([50]);
  });

  it('is not retried if all sizes are known to be rejected', () => {
    const list = listOf(100, 0);
    expect(() => ask(list, { first: 1000 }, { retrySmaller: false })).toThrow(rejection);
    expect(requestedSizes(list)).toEqual([1000]);
  });

  it('is not requested with a size that is known to be rejected', () => {
    const list = listOf(3000, 100);
    expect(ask(list, { first: 300 }, { largest: 100 }).keys).toEqual(list.keys.slice(0, 300));
    expect(requestedSizes(list)).toEqual([100, 100, 100]);
  });

  it('does not count towards the page budget', () => {
    const list = listOf(BUDGET * 50, 50);
    const answer = ask(list, { last: 5 });
    expect(answer.keys).toEqual(list.keys.slice(-5));
    expect(answer.cost).toBe(BUDGET + MAX_REJECTIONS);
  });
});

describe('a rejected page token', () => {
  it('is not retried with another size', () => {
    const list = listOf(3000, 1000);
    const { endCursor } = ask(list, { first: 1000 });
    list.fault = (page, ref) => (ref.token === null ? page : { rejection: rejection });
    expect(() => ask(list, { first: 1000, after: endCursor })).toThrow();
    expect(requestedSizes(list)).toEqual([1000, 1000]);
  });
});

describe('a walk whose restart is rejected', () => {
  it('continues after the cursor if the restart now takes more requests', () => {
    const list = listOf(3000, 50);
    let after: string | null = null;
    for (let window = 0; window < 2; window += 1) {
      after = ask(list, { first: 1000, after }, { largest: 50 }).endCursor;
    }
    // Without the known size, as on another instance or after it was forgotten.
    const { keys, cost } = ask(list, { first: 1000, after });
    expect(keys).toEqual(list.keys.slice(2000, 3000));
    expect(cost).toBeLessThanOrEqual(20 + MAX_REJECTIONS);
  });

  it('continues the restart if it still takes fewer requests', () => {
    const list = listOf(3000, 500);
    const { endCursor } = ask(list, { first: 10 });
    const { keys } = ask(list, { first: 1000, after: endCursor });
    expect(keys).toEqual(list.keys.slice(10, 1010));
    expect(requestedSizes(list)).toEqual([10, 1000, 500, 500, 500]);
  });

  it('follows previous pages if the restart now takes more requests', () => {
    const list = listOf(3000, 50);
    let after: string | null = null;
    let last: TestWindow | null = null;
    for (let window = 0; window < 40; window += 1) {
      last = ask(list, { first: 40, after });
      after = last.endCursor;
    }
    const before = last?.startCursor ?? null;
    const { keys, cost } = ask(list, { last: 600, before });
    expect(keys).toEqual(list.keys.slice(960, 1560));
    expect(cost).toBeLessThanOrEqual(15 + MAX_REJECTIONS);
  });
});

/** Upstream requests of a walk over the first records of a list, and one more: a first page can be too small. */
function pagesOf(records: number, size: number): number {
  return Math.ceil(records / size) + 1;
}

describe('a walk of a list that rejects large pages', () => {
  const most = fc.oneof(fc.constantFrom(...SIZES), fc.integer({ min: 50, max: 1000 }));
  const steps = fc.array(fc.record({ size: sizes, arrived: arrivals, pick: fc.nat() }), {
    minLength: 1,
    maxLength: 8,
  });
  const remembers = fc.boolean();

  it('returns each record once, in order, for any list, size limit and window sizes', () => {
    fc.assert(
      fc.property(
        fc.oneof(duplicates(600), distinct(3000)),
        most,
        steps,
        remembers,
        (given, most, steps, known) => {
          const list = new UpstreamList(given);
          list.fault = rejectAbove(most);
          const atStart = list.keys;
          const walked: number[] = [];
          let after: string | null = null;
          for (let window = 0; ; window += 1) {
            const { size, arrived } = steps[window % steps.length] ?? { size: 1000, arrived: 0 };
            const wanted = window < 60 ? size : 1000;
            const answer = ask(list, { first: wanted, after }, known ? { largest: largestBelow(most) } : {});
            walked.push(...answer.keys);
            expect(answer.cost).toBeLessThanOrEqual(BUDGET + MAX_REJECTIONS);
            if (!answer.hasNextPage) break;
            after = answer.endCursor;
            if (window < 20) list.arrive(arrived);
          }
          expect(walked).toEqual(atStart);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('takes for a window at most the requests of a restart in the largest accepted size, and the rejections', () => {
    fc.assert(
      fc.property(distinct(4000), most, steps, remembers, (given, most, steps, known) => {
        const list = new UpstreamList(given);
        list.fault = rejectAbove(most);
        const largest = largestBelow(most);
        let after: string | null = null;
        let reached: number | undefined;
        for (const { size, arrived, pick } of steps) {
          // A restart that is longer than the page budget is an error, which is tested elsewhere.
          const behind = reached === undefined ? 0 : list.keys.indexOf(reached) + 1;
          if (pagesOf(behind + 1, largest) >= BUDGET) break;
          const answer = ask(list, { first: size, after }, known ? { largest } : {});
          const [start] = answer.keys;
          const preceding = start === undefined ? list.records.length : list.keys.indexOf(start);
          const restarted = pagesOf(preceding + size, largest);
          const rejections = known ? 0 : MAX_REJECTIONS;
          expect(answer.cost).toBeLessThanOrEqual(Math.min(BUDGET, restarted) + rejections);
          // A window within the page budget is not truncated.
          if (answer.hasNextPage && restarted + 1 < BUDGET) expect(answer.keys).toHaveLength(size);
          if (answer.keys.length === 0) break;
          const isEdge = pick % 3 === 0;
          after = isEdge ? (answer.cursors()[pick % answer.keys.length] ?? null) : answer.endCursor;
          reached = isEdge ? answer.keys[pick % answer.keys.length] : answer.keys.at(-1);
          list.arrive(arrived);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('returns the same records backward from any edge, within the same bounds', () => {
    fc.assert(
      fc.property(
        distinct(1200),
        most,
        fc.array(sizes, { minLength: 1, maxLength: 4 }),
        sizes,
        fc.nat(),
        fc.boolean(),
        remembers,
        (given, most, walked, count, pick, rejected, known) => {
          fc.pre(given.length > 0);
          const list = new UpstreamList(given);
          list.fault = rejectAbove(most);
          list.previousPages = rejected ? 'rejected' : 'accepted';
          const largest = largestBelow(most);
          const cursors: string[] = [];
          let after: string | null = null;
          for (let window = 0; window < 20; window += 1) {
            const answer: TestWindow = ask(list, { first: walked[window % walked.length] ?? 50, after });
            cursors.push(...answer.cursors());
            if (!answer.hasNextPage) break;
            after = answer.endCursor;
          }
          const at = pick % cursors.length;
          const restarted = Math.ceil((at + 1) / largest) + 1;
          fc.pre(restarted + 1 < BUDGET);
          const { keys, cost } = ask(
            list,
            { last: count, before: cursors[at] ?? null },
            known ? { largest } : {},
          );
          expect(keys).toEqual(list.keys.slice(Math.max(0, at - count), at));
          expect(cost).toBeLessThanOrEqual(restarted + 1 + (known ? 0 : MAX_REJECTIONS));
        },
      ),
      { numRuns: 200 },
    );
  });
});
