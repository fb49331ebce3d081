import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PollFindings, pollInterval } from '../../src/live/poll-interval.js';

const BASE_MS = 10_000;
const QUIET: PollFindings = { hasChanged: false, hasOpen: false, quietPolls: 0, failures: 0 };
/** Without jitter. */
const intervalOf = (findings: Partial<PollFindings>) =>
  Math.round(pollInterval({ ...QUIET, ...findings }, BASE_MS, 0.5));

describe('The interval of polls', () => {
  it('is the base while a session is open, and half of it while that changes', () => {
    expect(intervalOf({ hasOpen: true })).toBe(10_000);
    expect(intervalOf({ hasOpen: true, hasChanged: true })).toBe(5000);
  });

  it('grows up to four times the base while nothing is open and nothing changes', () => {
    const intervals = [0, 1, 2, 3, 4, 100].map((quietPolls) => intervalOf({ quietPolls }));
    expect(intervals).toEqual([10_000, 15_000, 22_500, 33_750, 40_000, 40_000]);
  });

  it('grows up to six times the base while polls fail, whatever is open', () => {
    const intervals = [1, 2, 3, 4, 100].map((failures) => intervalOf({ failures, hasOpen: true }));
    expect(intervals).toEqual([10_000, 20_000, 40_000, 60_000, 60_000]);
  });

  it('is at most a tenth longer or shorter at random', () => {
    const findings = fc.record({
      hasChanged: fc.boolean(),
      hasOpen: fc.boolean(),
      quietPolls: fc.nat(20),
      failures: fc.nat(5),
    });
    fc.assert(
      fc.property(findings, fc.integer({ min: 0, max: 999 }), (found, random) => {
        const ratio = pollInterval(found, BASE_MS, random / 1000) / pollInterval(found, BASE_MS, 0.5);
        expect(Math.abs(ratio - 1)).toBeLessThanOrEqual(0.1 + 1e-9);
      }),
    );
  });
});
