import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrivals, distinct, sizes, twins } from './arbitraries.js';
import { type Answer, ask, BUDGET } from './client.js';
import { type Fault, UpstreamList } from './upstream-list.js';

const SIZES = [1000, 500, 250, 100, 50];
/** Refusals that one walk can meet: of every size but the last one. */
const MOST_REFUSALS = SIZES.length - 1;

const refusal = new Error('500');
const refuseAbove =
  (most: number): Fault =>
  (page, ref) =>
    ref.token === null && ref.size > most ? { rejection: refusal } : page;

function listOf(length: number, most: number): UpstreamList {
  const list = new UpstreamList(Array.from({ length }, (_, at) => `record ${at}`));
  list.fault = refuseAbove(most);
  return list;
}

const askedSizes = (list: UpstreamList) => list.requests.map(({ size }) => size);

/** The largest pages that are asked for of a list that refuses larger ones than `most`. */
const largestBelow = (most: number) => SIZES.find((size) => size <= most) ?? 0;

describe('a first page that is refused', () => {
  it.each([
    [1000, 1000, [1000]],
    [999, 1000, [1000, 500, 500]],
    [500, 1000, [1000, 500, 500]],
    [400, 1000, [1000, 500, 250, 250, 250, 250]],
    [100, 700, [700, 500, 250, 100, 100, 100, 100, 100, 100, 100]],
    [50, 60, [60, 50, 50]],
    [50, 50, [50]],
  ])('is asked for in smaller sizes: of at most %i, for %i records', (most, first, asked) => {
    const list = listOf(3000, most);
    expect(ask(list, { first }).keys).toEqual(list.keys.slice(0, first));
    expect(askedSizes(list)).toEqual(asked);
  });

  it('is asked for at most four times more, and its first refusal is not repeated', () => {
    const list = listOf(100, 0);
    expect(() => ask(list, { first: 1000 })).toThrow(refusal);
    expect(askedSizes(list)).toEqual(SIZES);
  });

  it('of 50 records or less is not asked for again', () => {
    const list = listOf(100, 0);
    expect(() => ask(list, { first: 50 })).toThrow(refusal);
    expect(askedSizes(list)).toEqual([50]);
  });

  it('is not asked for again where that is known to be in vain', () => {
    const list = listOf(100, 0);
    expect(() => ask(list, { first: 1000 }, { retrySmaller: false })).toThrow(refusal);
    expect(askedSizes(list)).toEqual([1000]);
  });

  it('is not asked for at all where its size is known to be refused', () => {
    const list = listOf(3000, 100);
    expect(ask(list, { first: 300 }, { largest: 100 }).keys).toEqual(list.keys.slice(0, 300));
    expect(askedSizes(list)).toEqual([100, 100, 100]);
  });

  it('uses none of the page budget up', () => {
    const list = listOf(BUDGET * 50, 50);
    const answer = ask(list, { last: 5 });
    expect(answer.keys).toEqual(list.keys.slice(-5));
    expect(answer.cost).toBe(BUDGET + MOST_REFUSALS);
  });
});

describe('a page with a token that is refused', () => {
  it('is never asked for in another size', () => {
    const list = listOf(3000, 1000);
    const { endCursor } = ask(list, { first: 1000 });
    list.fault = (page, ref) => (ref.token === null ? page : { rejection: refusal });
    expect(() => ask(list, { first: 1000, after: endCursor })).toThrow();
    expect(askedSizes(list)).toEqual([1000, 1000]);
  });
});

describe('a walk that meets the refusal in its middle', () => {
  it('goes on behind the cursor where the head has become the longer way', () => {
    const list = listOf(3000, 50);
    let after: string | null = null;
    for (let window = 0; window < 2; window += 1) {
      after = ask(list, { first: 1000, after }, { largest: 50 }).endCursor;
    }
    // Nothing is known of the sizes any more: as on another instance, or after a while.
    const { keys, cost } = ask(list, { first: 1000, after });
    expect(keys).toEqual(list.keys.slice(2000, 3000));
    expect(cost).toBeLessThanOrEqual(20 + MOST_REFUSALS);
  });

  it('goes on from the head where that is still the shorter way', () => {
    const list = listOf(3000, 500);
    const { endCursor } = ask(list, { first: 10 });
    const { keys } = ask(list, { first: 1000, after: endCursor });
    expect(keys).toEqual(list.keys.slice(10, 1010));
    expect(askedSizes(list)).toEqual([10, 1000, 500, 500, 500]);
  });

  it('goes back over previous pages where the head has become the longer way', () => {
    const list = listOf(3000, 50);
    let after: string | null = null;
    let last: Answer | null = null;
    for (let window = 0; window < 40; window += 1) {
      last = ask(list, { first: 40, after });
      after = last.endCursor;
    }
    const before = last?.startCursor ?? null;
    const { keys, cost } = ask(list, { last: 600, before });
    expect(keys).toEqual(list.keys.slice(960, 1560));
    expect(cost).toBeLessThanOrEqual(15 + MOST_REFUSALS);
  });
});

describe('walking a list that refuses large pages', () => {
  const most = fc.oneof(fc.constantFrom(...SIZES), fc.integer({ min: 50, max: 1000 }));
  const steps = fc.array(fc.record({ size: sizes, arrived: arrivals, pick: fc.nat() }), {
    minLength: 1,
    maxLength: 8,
  });
  const remembers = fc.boolean();

  it('brings every record once, in order, for any list, refused size and window sizes', () => {
    fc.assert(
      fc.property(
        fc.oneof(twins(600), distinct(3000)),
        most,
        steps,
        remembers,
        (given, most, steps, known) => {
          const list = new UpstreamList(given);
          list.fault = refuseAbove(most);
          const atStart = list.keys;
          const walked: number[] = [];
          let after: string | null = null;
          for (let window = 0; ; window += 1) {
            const { size, arrived } = steps[window % steps.length] ?? { size: 1000, arrived: 0 };
            const wanted = window < 60 ? size : 1000;
            const answer = ask(list, { first: wanted, after }, known ? { largest: largestBelow(most) } : {});
            walked.push(...answer.keys);
            expect(answer.cost).toBeLessThanOrEqual(BUDGET + MOST_REFUSALS);
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

  it('costs no window more than reading anew from the head in the size that can be had, and the refusals', () => {
    fc.assert(
      fc.property(distinct(4000), most, steps, remembers, (given, most, steps, known) => {
        const list = new UpstreamList(given);
        list.fault = refuseAbove(most);
        const largest = largestBelow(most);
        let after: string | null = null;
        for (const { size, arrived, pick } of steps) {
          const answer = ask(list, { first: size, after }, known ? { largest } : {});
          const [start] = answer.keys;
          const inFront = start === undefined ? list.records.length : list.keys.indexOf(start);
          const anew = Math.ceil((inFront + size) / largest) + 1;
          const refusals = known ? 0 : MOST_REFUSALS;
          expect(answer.cost).toBeLessThanOrEqual(Math.min(BUDGET, anew) + refusals);
          // Within reach of the budget a window comes whole.
          if (answer.hasNextPage && anew + 1 < BUDGET) expect(answer.keys).toHaveLength(size);
          if (answer.keys.length === 0) break;
          after = pick % 3 === 0 ? (answer.cursors()[pick % answer.keys.length] ?? null) : answer.endCursor;
          list.arrive(arrived);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('goes backward from any edge, to the same records, within the same bounds', () => {
    fc.assert(
      fc.property(
        distinct(1200),
        most,
        fc.array(sizes, { minLength: 1, maxLength: 4 }),
        sizes,
        fc.nat(),
        fc.boolean(),
        remembers,
        (given, most, walked, count, pick, refused, known) => {
          fc.pre(given.length > 0);
          const list = new UpstreamList(given);
          list.fault = refuseAbove(most);
          list.previousPages = refused ? 'refused' : 'honoured';
          const largest = largestBelow(most);
          const cursors: string[] = [];
          let after: string | null = null;
          for (let window = 0; window < 20; window += 1) {
            const answer: Answer = ask(list, { first: walked[window % walked.length] ?? 50, after });
            cursors.push(...answer.cursors());
            if (!answer.hasNextPage) break;
            after = answer.endCursor;
          }
          const at = pick % cursors.length;
          const anew = Math.ceil((at + 1) / largest) + 1;
          fc.pre(anew + 1 < BUDGET);
          const { keys, cost } = ask(
            list,
            { last: count, before: cursors[at] ?? null },
            known ? { largest } : {},
          );
          expect(keys).toEqual(list.keys.slice(Math.max(0, at - count), at));
          expect(cost).toBeLessThanOrEqual(anew + 1 + (known ? 0 : MOST_REFUSALS));
        },
      ),
      { numRuns: 200 },
    );
  });
});
