import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WINDOW_MS, waitFor, windowsAt } from '../../src/guards/rate-limit/sliding-window.js';

/** Counts operations that come at these times, as the limiter does. @returns those that are accepted */
function accepted(limit: number, times: readonly number[]): number[] {
  const counts = new Map<number, number>();
  return times.filter((time) => {
    const { number, elapsedMs } = windowsAt(time);
    const present = (counts.get(number) ?? 0) + 1;
    if (waitFor(limit, counts.get(number - 1) ?? 0, present, elapsedMs) !== null) return false;
    counts.set(number, present);
    return true;
  });
}

const limits = fc.integer({ min: 1, max: 30 });
const arrivals = fc
  .array(fc.integer({ min: 0, max: 4 * WINDOW_MS }), { maxLength: 300 })
  .map((times) => times.sort((a, b) => a - b));

describe('the sliding window', () => {
  it('never accepts more than the limit in a window of the clock', () => {
    fc.assert(
      fc.property(limits, arrivals, (limit, times) => {
        const counts = new Map<number, number>();
        for (const time of accepted(limit, times)) {
          const { number } = windowsAt(time);
          counts.set(number, (counts.get(number) ?? 0) + 1);
        }
        for (const count of counts.values()) expect(count).toBeLessThanOrEqual(limit);
      }),
    );
  });

  it('accepts at most the limit around a change of the minute, where a fixed window accepts twice as many', () => {
    fc.assert(
      fc.property(limits, (limit) => {
        const before = Array.from({ length: limit }, (_, index) => WINDOW_MS - limit + index);
        const after = Array.from({ length: limit }, (_, index) => WINDOW_MS + index);
        expect(accepted(limit, [...before, ...after])).toHaveLength(limit);
      }),
    );
  });

  it('accepts an operation after the wait that it has announced, and not before', () => {
    fc.assert(
      fc.property(limits, arrivals, (limit, times) => {
        const served = accepted(limit, times);
        const now = times.at(-1) ?? 0;
        const wait = waitAt(limit, served, now);
        if (wait === null) return;
        expect(waitAt(limit, served, now + Math.ceil(wait) + 1)).toBeNull();
        if (wait > 2) expect(waitAt(limit, served, now + Math.floor(wait) - 1)).not.toBeNull();
      }),
    );
  });
});

/** Wait of a further operation. */
function waitAt(limit: number, served: readonly number[], now: number): number | null {
  const { number, elapsedMs } = windowsAt(now);
  const countOf = (window: number) => served.filter((time) => windowsAt(time).number === window).length;
  return waitFor(limit, countOf(number - 1), countOf(number) + 1, elapsedMs);
}
