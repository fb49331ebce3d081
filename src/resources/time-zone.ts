import { InvalidArgumentError } from './arguments.js';
import type { Instant } from './instant.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** IANA names are no longer. */
const MAX_NAME_LENGTH = 64;

/** An IANA name. Some versions of Node also accept offsets as `+02:00`, which have no days of 23 or 25 hours. */
const NAME = /^[A-Za-z][\w+/-]*$/;

/**
 * The calendar of a time zone. Its offsets come from `Intl`, which takes microseconds for each, so the offset is looked up
 * at both ends of a UTC day, and at other times only on a day that begins and ends with different offsets.
 */
export class TimeZone {
  readonly #format: Intl.DateTimeFormat | null;
  /** Offset at the beginning of a UTC day, in milliseconds, by the number of the day since 1970. */
  readonly #offsets = new Map<number, number>();
  /** When the offset changes, by the number of the day. */
  readonly #changes = new Map<number, number>();

  /**
   * @param name - IANA name: `Europe/Berlin`
   * @throws {InvalidArgumentError} if there is no such time zone
   */
  constructor(name: string) {
    this.#format = name === 'UTC' ? null : formatOf(name);
  }

  /** The day of an instant, as `2026-11-24`. */
  dayOf(instant: Instant): string {
    if (this.#format === null) return instant.slice(0, 10);
    const time = Date.parse(instant);
    return new Date(time + this.#offsetAt(time)).toISOString().slice(0, 10);
  }

  /** The instant at which the hour of an instant begins by the clocks of the time zone. */
  hourOf(instant: Instant): Instant {
    if (this.#format === null) return `${instant.slice(0, 13)}:00:00.000Z`;
    const time = Date.parse(instant);
    const offset = this.#offsetAt(time);
    return new Date(Math.floor((time + offset) / HOUR_MS) * HOUR_MS - offset).toISOString();
  }

  /** Milliseconds by which the clocks of the time zone are ahead of UTC. */
  #offsetAt(time: number): number {
    const day = Math.floor(time / DAY_MS);
    const [before, after] = [this.#offsetOfDay(day), this.#offsetOfDay(day + 1)];
    if (before === after) return before;
    return time < this.#changeOn(day, before) ? before : after;
  }

  #offsetOfDay(day: number): number {
    let offset = this.#offsets.get(day);
    if (offset === undefined) {
      offset = this.#lookUp(day * DAY_MS);
      this.#offsets.set(day, offset);
    }
    return offset;
  }

  /** When the clocks change on a day, to the minute: no zone has changed them within a minute since 1972. */
  #changeOn(day: number, before: number): number {
    let change = this.#changes.get(day);
    if (change === undefined) {
      let [low, high] = [0, DAY_MS / MINUTE_MS];
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (this.#lookUp(day * DAY_MS + middle * MINUTE_MS) === before) low = middle;
        else high = middle;
      }
      change = day * DAY_MS + high * MINUTE_MS;
      this.#changes.set(day, change);
    }
    return change;
  }

  #lookUp(time: number): number {
    const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
    for (const { type, value } of this.#format?.formatToParts(time) ?? []) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(time / 1000) * 1000;
  }
}

function formatOf(name: string): Intl.DateTimeFormat {
  const part = '2-digit';
  const parts = { year: 'numeric', month: part, day: part, hour: part, minute: part, second: part } as const;
  try {
    if (NAME.test(name) && name.length <= MAX_NAME_LENGTH) {
      return new Intl.DateTimeFormat('en-US', { ...parts, timeZone: name, hourCycle: 'h23' });
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw new InvalidArgumentError(
    '`timeZone` is unknown: expected an IANA name, such as `UTC` or `Europe/Berlin`',
  );
}
