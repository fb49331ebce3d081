import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimeZone } from '../../src/resources/time-zone.js';

const HOUR_MS = 3_600_000;
const ZONES = Intl.supportedValuesOf('timeZone');

/** The clock of a time zone at an instant, by `Intl` alone. */
function clockOf(timeZone: string, time: number): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(time);
  const part = (type: string) => parts.find((found) => found.type === type)?.value;
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`;
}

const instants = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());

describe('a time zone', () => {
  it('has the days of its clocks, in every zone', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.array(instants, { minLength: 1, maxLength: 5 }),
        (name, times) => {
          const zone = new TimeZone(name);
          for (const time of times)
            expect(zone.dayOf(time)).toBe(clockOf(name, Date.parse(time)).slice(0, 10));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('has hours that begin at the full hour of its clocks, at most an hour before', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), instants, (name, time) => {
        const hour = Date.parse(new TimeZone(name).hourOf(time));
        const age = Date.parse(time) - hour;
        expect(age).toBeGreaterThanOrEqual(0);
        expect(age).toBeLessThan(HOUR_MS);
        // The clocks may have changed since the hour began.
        if (clockOf(name, hour).slice(0, 13) === clockOf(name, Date.parse(time)).slice(0, 13)) {
          expect(clockOf(name, hour)).toMatch(/:00$/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['Europe/Berlin', '2026-03-29', 23],
    ['Europe/Berlin', '2026-10-25', 25],
    ['America/New_York', '2026-11-01', 25],
    ['Asia/Kolkata', '2026-10-25', 24],
    ['Australia/Lord_Howe', '2026-04-05', 24.5],
  ])('%s has a %s of %d hours', (name, day, hours) => {
    const zone = new TimeZone(name);
    const noon = Date.parse(`${day}T12:00:00Z`);
    const minutes = Array.from({ length: 72 * 60 }, (_, minute) => noon + (minute - 36 * 60) * 60_000);
    const within = minutes.filter((time) => zone.dayOf(new Date(time).toISOString()) === day);
    expect(within.length / 60).toBe(hours);
  });

  it.each(['', 'Nowhere/Land', '+02:00', '../etc', 'x'.repeat(100), 'UTC '])('is not named %j', (name) => {
    expect(() => new TimeZone(name)).toThrow('expected an IANA name');
  });
});
