import { InvalidArgumentError, type ListArguments } from './arguments.js';
import { addMonths, type Instant } from './instant.js';

const SECOND_MS = 1000;
const HOUR_MS = 3600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long the upstream keeps usage, in months. */
export const RETENTION_MONTHS = 18;
/** The longest range of one request for usage by the hour, in days. The vendor documents it for a sibling API. */
export const MAX_HOURLY_DAYS = 31;
/** The longest range of one request for usage by the day, in months. The vendor documents it for a sibling API. */
export const MAX_DAILY_MONTHS = 3;
/** How long after its period usage can still change, in hours. */
export const SETTLED_AFTER_HOURS = 48;

/** Length of the shortest period that can be told apart, by granularity. */
const UNIT_MS: Readonly<Record<string, number>> = { hourly: HOUR_MS, daily: DAY_MS, all: SECOND_MS };
const UNIT_NAMES: Readonly<Record<string, string>> = { hourly: 'hour', daily: 'day', all: 'second' };

/**
 * The requests that a range of usage takes, the latest first.
 *
 * A period belongs to the range in which it begins, so that neighbouring ranges count nothing twice. The upstream includes
 * both ends of a range, so the end that is sent is a second before the end of the range.
 *
 * Requests for the future are left out, because there is no usage yet. Only whole requests are, so that each request stays
 * the same as time passes: page tokens belong to it.
 *
 * @param args - `start` and `end` as instants, `granularity`
 * @param now - milliseconds since 1970
 * @throws {InvalidArgumentError} for a range in which no period begins, or that the upstream no longer keeps
 */
export function usageSegments(args: ListArguments, now: number): readonly ListArguments[] {
  const { start = '', end = '', granularity = 'all' } = args;
  if (start >= end)
    throw new InvalidArgumentError(`\`end\` is ${end}: expected a time after \`start\`, ${start}`);
  const unit = UNIT_MS[granularity] ?? SECOND_MS;
  const from = Math.ceil(Date.parse(start) / unit) * unit;
  const to = Math.ceil(Date.parse(end) / unit) * unit;
  if (from >= to) {
    throw new InvalidArgumentError(
      `No ${UNIT_NAMES[granularity]} (UTC) begins from ${start} to ${end}: expected a longer range, or a finer granularity`,
    );
  }
  const oldest = addMonths(Math.floor(now / DAY_MS) * DAY_MS, -RETENTION_MONTHS);
  if (from < oldest) {
    throw new InvalidArgumentError(
      `\`start\` is ${start}: the upstream keeps usage for ${RETENTION_MONTHS} months, expected ${wireInstant(oldest)} or later`,
    );
  }
  const segments: ListArguments[] = [];
  for (let at = from; at < to && (at <= now || segments.length === 0); ) {
    const next = Math.min(to, segmentEnd(at, granularity));
    segments.unshift({ start: wireInstant(at), end: wireInstant(next - SECOND_MS), granularity });
    at = next;
  }
  return segments;
}

/** Whether usage can no longer change. @param now - milliseconds since 1970 */
export function isSettled(periodEnd: Instant | null, now: number): boolean {
  return periodEnd !== null && Date.parse(periodEnd) + SETTLED_AFTER_HOURS * HOUR_MS < now;
}

function segmentEnd(from: number, granularity: string): number {
  if (granularity === 'hourly') return from + MAX_HOURLY_DAYS * DAY_MS;
  // The whole range is one record, and no longer than what the upstream keeps: what is after it is in the future.
  return addMonths(from, granularity === 'daily' ? MAX_DAILY_MONTHS : RETENTION_MONTHS);
}

/** As the upstream takes it: UTC, without milliseconds. */
function wireInstant(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
