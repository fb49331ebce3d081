import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { usageSegments } from '../../src/resources/usage-period.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.parse('2026-11-27T17:30:00Z');
const OLDEST = Date.parse('2025-05-27T00:00:00Z');
const UNIT_MS = { hourly: HOUR_MS, daily: DAY_MS } as const;
const WIRE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

const times = fc.integer({ min: OLDEST, max: NOW + 40 * DAY_MS });
const granularities = fc.constantFrom('hourly', 'daily') as fc.Arbitrary<keyof typeof UNIT_MS>;

/** The segments of a range; `null` if it is rejected. */
function segmentsOf(start: number, end: number, granularity: string) {
  const args = { start: new Date(start).toISOString(), end: new Date(end).toISOString(), granularity };
  try {
    return usageSegments(args, NOW);
  } catch (error) {
    expect(String(error)).toContain('expected');
    return null;
  }
}

/** Beginnings of the periods that an upstream returns which includes both ends of a range, in the order of the segments. */
function periodsOf(segments: ReturnType<typeof segmentsOf>, unit: number): number[] {
  return (segments ?? []).toReversed().flatMap(({ start = '', end = '' }) => {
    const periods: number[] = [];
    const last = Date.parse(end);
    for (let at = Math.ceil(Date.parse(start) / unit) * unit; at <= last; at += unit) periods.push(at);
    return periods;
  });
}

describe('a range of usage', () => {
  it('is cut into requests that return each of its periods once, up to the request that the present is in', () => {
    fc.assert(
      fc.property(times, times, granularities, (start, end, granularity) => {
        const unit = UNIT_MS[granularity];
        const expected: number[] = [];
        for (let at = Math.ceil(start / unit) * unit; at < end; at += unit) expected.push(at);
        const periods = periodsOf(segmentsOf(start, end, granularity), unit);
        expect(periods).toEqual(expected.slice(0, periods.length));
        for (const left of expected.slice(periods.length)) expect(left).toBeGreaterThan(NOW);
        expect(periods.length > 0).toBe(expected.length > 0);
      }),
    );
  });

  it('shares no period with the range that begins where it ends, and together they have all until now', () => {
    fc.assert(
      fc.property(fc.tuple(times, times, times), granularities, (bounds, granularity) => {
        const [a, b, c] = [...bounds].sort((x, y) => x - y) as [number, number, number];
        const unit = UNIT_MS[granularity];
        const periods = (from: number, to: number) =>
          periodsOf(segmentsOf(from, to, granularity), unit).filter((at) => at <= NOW);
        expect([...periods(a, b), ...periods(b, c)]).toEqual(periods(a, c));
      }),
    );
  });

  it('takes the same requests later, and further ones in front of them', () => {
    const later = NOW + 100 * DAY_MS;
    fc.assert(
      fc.property(times, fc.nat(500 * DAY_MS), granularities, (start, length, granularity) => {
        // The upstream still keeps it later.
        const from = Math.max(start, OLDEST + 110 * DAY_MS);
        const end = new Date(from + length + 2 * DAY_MS).toISOString();
        const args = { start: new Date(from).toISOString(), end, granularity };
        const [before, after] = [usageSegments(args, NOW), usageSegments(args, later)];
        expect(after.slice(after.length - before.length)).toEqual(before);
      }),
    );
  });

  it('takes one request for its whole, that is no longer than the upstream keeps usage, however far it ends', () => {
    const far = Date.parse('2100-01-01T00:00:00Z');
    expect(segmentsOf(Date.parse('2025-06-01T00:00:00Z'), far, 'all')).toEqual([
      { start: '2025-06-01T00:00:00Z', end: '2026-11-30T23:59:59Z', granularity: 'all' },
    ]);
  });

  it('takes as few requests as its past needs, however far it ends', () => {
    const far = Date.parse('9000-01-01T00:00:00Z');
    expect(segmentsOf(NOW - 3 * DAY_MS, far, 'hourly')).toHaveLength(1);
    expect(segmentsOf(OLDEST, far, 'daily')).toHaveLength(7);
  });

  it('takes requests that are aligned, and not longer than the upstream allows', () => {
    fc.assert(
      fc.property(times, times, granularities, (start, end, granularity) => {
        for (const segment of segmentsOf(start, end, granularity) ?? []) {
          const [from, to] = [String(segment.start), String(segment.end)];
          expect([from, to]).toEqual([expect.stringMatching(WIRE), expect.stringMatching(WIRE)]);
          expect(Date.parse(from) % UNIT_MS[granularity]).toBe(0);
          expect((Date.parse(to) + 1000) % UNIT_MS[granularity]).toBe(0);
          const days = (Date.parse(to) + 1000 - Date.parse(from)) / DAY_MS;
          const allowed = new Date(from);
          allowed.setUTCMonth(allowed.getUTCMonth() + 3);
          if (granularity === 'hourly') expect(days).toBeLessThanOrEqual(31);
          else expect(Date.parse(to) + 1000).toBeLessThanOrEqual(allowed.getTime());
        }
      }),
    );
  });

  it.each([
    ['hourly', '2026-10-01T00:00:00Z', '2026-11-01T00:00:00Z', 1],
    ['hourly', '2026-10-01T00:00:00Z', '2026-11-02T00:00:00Z', 2],
    ['daily', '2026-08-01T00:00:00Z', '2026-11-01T00:00:00Z', 1],
    ['daily', '2025-06-01T00:00:00Z', '2026-11-01T00:00:00Z', 6],
    ['all', '2025-06-01T00:00:00Z', '2026-11-01T00:00:00Z', 1],
  ])('%s from %s to %s takes %d requests', (granularity, start, end, requests) => {
    expect(segmentsOf(Date.parse(start), Date.parse(end), granularity)).toHaveLength(requests);
  });

  it('has the latest part first, and ends a second before its end', () => {
    expect(
      segmentsOf(Date.parse('2026-07-15T00:00:00Z'), Date.parse('2026-11-01T00:00:00Z'), 'daily'),
    ).toEqual([
      { start: '2026-10-15T00:00:00Z', end: '2026-10-31T23:59:59Z', granularity: 'daily' },
      { start: '2026-07-15T00:00:00Z', end: '2026-10-14T23:59:59Z', granularity: 'daily' },
    ]);
  });

  it.each([
    [
      'ends where it begins',
      '2026-10-01T00:00:00.000Z',
      '2026-10-01T00:00:00.000Z',
      'expected a time after `start`',
    ],
    ['has no day', '2026-10-01T01:00:00.000Z', '2026-10-01T23:00:00.000Z', 'No day (UTC) begins'],
    [
      'is older than 18 months',
      '2025-05-26T00:00:00.000Z',
      '2026-10-01T00:00:00.000Z',
      'keeps usage for 18 months',
    ],
  ])('is rejected if it %s', (_what, start, end, message) => {
    expect(() => usageSegments({ start, end, granularity: 'daily' }, NOW)).toThrow(message);
  });
});
