import { addMonths } from '../resources/instant.js';
import { ApiError } from './answer.js';
import type { Assumptions } from './assumptions.js';

const SECOND_MS = 1000;
const HOUR_MS = 3600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;
const MAX_MONTHS = 18;
const MAX_DAILY_MONTHS = 3;
const MAX_HOURLY_DAYS = 31;

/** A range of usage, both ends inclusive, in milliseconds since 1970. */
export interface UsageRange {
  readonly start: number;
  readonly end: number;
  readonly granularity: string;
}

/**
 * Reads the range of a request for usage.
 *
 * @param isAccount - whether the account's usage is asked for
 * @param now - time of the data, in milliseconds since 1970
 * @throws {ApiError} 400 for a range that is not accepted
 */
export function readUsageRange(
  filters: readonly (readonly [name: string, value: string])[],
  isAccount: boolean,
  now: number,
  { usageRanges, accountUsageDefaults }: Assumptions,
): UsageRange {
  const given = new Map(filters);
  if (isAccount && accountUsageDefaults === 'refused' && given.size < 3) {
    throw new ApiError(400, 20001, 'Start, End and Granularity are required');
  }
  const end = readInstant(given.get('End')) ?? now;
  const start = readInstant(given.get('Start')) ?? addMonths(end, -1);
  const granularity = given.get('Granularity') ?? 'all';
  if (!['hourly', 'daily', 'all'].includes(granularity)) {
    throw new ApiError(400, 20001, 'Granularity must be hourly, daily or all');
  }
  const range = { start, end, granularity };
  // Defaults of the API itself are accepted as they are.
  if (usageRanges === 'enforced' && given.has('Start')) check(range, now);
  return range;
}

function check({ start, end, granularity }: UsageRange, now: number): void {
  const unit = granularity === 'daily' ? DAY_MS : granularity === 'hourly' ? HOUR_MS : SECOND_MS;
  if (start > end) throw new ApiError(400, 20001, 'Start must not be after End');
  if (start % unit !== 0 || (end % unit !== 0 && (end + SECOND_MS) % unit !== 0)) {
    throw granularity === 'daily'
      ? new ApiError(400, 83601, 'Start and End must be aligned to days (UTC)')
      : new ApiError(400, 83602, 'Start and End must be aligned to hours (UTC)');
  }
  const longest =
    granularity === 'hourly'
      ? start + MAX_HOURLY_DAYS * DAY_MS
      : addMonths(start, granularity === 'daily' ? MAX_DAILY_MONTHS : MAX_MONTHS);
  if (end > longest) throw new ApiError(400, 83604, 'The range is too long for the granularity');
  if (start < addMonths(Math.floor(now / DAY_MS) * DAY_MS, -MAX_MONTHS)) {
    throw new ApiError(400, 83605, 'Start is too long ago');
  }
}

/** The form that the API takes: UTC without milliseconds. */
function readInstant(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) || Number.isNaN(Date.parse(text))) {
    throw new ApiError(400, 20001, 'Start and End must be dates with times, in UTC');
  }
  return Date.parse(text);
}
