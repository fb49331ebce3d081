import type { CollectionDeclaration } from '../resources/define.js';
import { ratePlans } from '../resources/rate-plan.js';
import { simCollection } from '../resources/sim.js';
import type { Account } from './account.js';
import { ApiError } from './answer.js';
import type { ListRequest, ListRules } from './list-request.js';
import type { RecordList } from './record-list.js';
import { readUsageRange, type UsageRange } from './usage-range.js';
import type { WireRecord } from './wire.js';

/** What records are selected from. */
interface Source extends ListRules {
  readonly account: Account;
  /** Time of the data, in milliseconds since 1970. */
  readonly now: number;
}

/** A list, and which of its records a request is about. */
interface Selected {
  readonly list: RecordList;
  /** Absent: all of them. */
  readonly matches: ((record: WireRecord) => boolean) | undefined;
}

/**
 * Selects the records of a collection by the filters of a request.
 *
 * @param parent - SID of the parent; `null` if the path has none
 * @throws {ApiError} 400 for filters that are not accepted
 */
export function selectRecords(
  source: Source,
  { filters: members = {}, query }: CollectionDeclaration,
  parent: string | null,
  { path, filters }: ListRequest,
): Selected {
  const { account, now, assumptions } = source;
  if (query !== undefined) {
    const range = readUsageRange(filters, parent === null, now, assumptions);
    return { list: account.usage(path, parent, range), matches: (record) => isIn(range, record) };
  }
  const tests = filters.map(([name, value]) => filterTest(source, name, members[name] ?? name, value));
  return {
    list: account.list(path),
    matches: tests.length === 0 ? undefined : (record) => tests.every((test) => test(record)),
  };
}

/** Whether a usage record begins in a range; one without a period is in every range. */
function isIn({ start, end }: UsageRange, { period }: WireRecord): boolean {
  const begins = Date.parse(String((period as { readonly start?: unknown } | null | undefined)?.start));
  return Number.isNaN(begins) || (begins >= start && begins <= end);
}

/** Filters that take the unique name of a record in place of its SID, with the collection of those records. */
const BY_NAME: Readonly<Record<string, string>> = {
  Sim: simCollection.path,
  RatePlan: ratePlans.collection.path,
};

function filterTest(
  { account, dialect, assumptions }: Source,
  name: string,
  member: string,
  value: string,
): (record: WireRecord) => boolean {
  if (
    name === 'Status' &&
    value === 'deleted' &&
    dialect === 'kore' &&
    assumptions.deletedFilter === 'refused'
  ) {
    throw new ApiError(400, 33101, 'Status has a value that is not accepted');
  }
  const named = BY_NAME[name];
  if (named !== undefined) {
    const sid = account.record(named, value)?.sid ?? value;
    return (record) => record[member] === sid;
  }
  if (name === 'Iccid' && assumptions.iccidMatch === 'prefix') {
    return (record) => String(record[member]).startsWith(value);
  }
  return (record) => record[member] === value;
}
