import fc from 'fast-check';
import type { WireRecord } from '../../src/sandbox/index.js';

const BASE = Date.parse('2026-11-20T00:00:00Z');
const MINUTE_MS = 60_000;

const instant = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 6 });
const minutes = fc.integer({ min: 0, max: 5 * 24 * 60 });

/** Instants as arguments and records have them, from few enough that they are often equal. */
const instants = minutes.map((minute) => instant(BASE + minute * MINUTE_MS));

/** Sessions as the upstream sends them, without what identifies them. Values are few, so that filters match some. */
export const wireSessions: fc.Arbitrary<WireRecord> = fc.record({
  start: orNull(instants),
  end: fc.oneof({ weight: 3, arbitrary: instants }, fc.constant(null), {
    weight: 1,
    arbitrary: fc.constant(7),
  }),
  last_updated: orNull(instants),
  operator_country: orNull(fc.constantFrom('DEU', 'USA', 'FRA', '')),
  operator_mcc: orNull(fc.constantFrom('262', '310', 310, '001')),
  operator_mnc: orNull(fc.constantFrom('01', '1', 4)),
  operator_name: orNull(fc.constantFrom('Telekom', 'Ελλάς')),
  radio_link: orNull(fc.constantFrom('LTE', '3G', 'NB-IoT')),
  packets_uploaded: fc.constantFrom<unknown>(0, 5, '12', null, 'many'),
  packets_downloaded: fc.constantFrom<unknown>(0, 0, 3_000_000_017, null, undefined),
});

/** A filter as a client sends it. */
export interface FilterInput {
  readonly overlaps?: { readonly from: string; readonly to: string };
  readonly startedAfter?: string;
  readonly startedBefore?: string;
  readonly active?: boolean;
  readonly operatorCountry?: readonly string[];
  readonly operatorMcc?: readonly string[];
  readonly operatorMnc?: readonly string[];
  readonly radioLink?: readonly string[];
  readonly minDurationSeconds?: number;
  readonly hasTraffic?: boolean;
}

const range = fc
  .tuple(instants, instants)
  .filter(([a, b]) => a !== b)
  .map(([a, b]) => (a < b ? ([a, b] as const) : ([b, a] as const)));

const started = fc.oneof(
  fc.record({ startedAfter: instants }),
  fc.record({ startedBefore: instants }),
  range.map(([startedAfter, startedBefore]) => ({ startedAfter, startedBefore })),
  fc.constant({}),
);

const others: fc.Arbitrary<FilterInput> = fc.record(
  {
    overlaps: range.map(([from, to]) => ({ from, to })),
    active: fc.boolean(),
    operatorCountry: fc.subarray(['DEU', 'USA', 'FRA', 'GBR']),
    operatorMcc: fc.subarray(['262', '310', '001']),
    operatorMnc: fc.subarray(['01', '1', '4']),
    radioLink: fc.subarray(['LTE', '3G']),
    minDurationSeconds: fc.constantFrom(0, 3600, 86_400),
    hasTraffic: fc.boolean(),
  },
  { requiredKeys: [] },
);

/** Filters of all fields, most of them of a few. */
export const filters: fc.Arbitrary<FilterInput> = fc.oneof(
  { weight: 3, arbitrary: started },
  { weight: 3, arbitrary: others.map((filter) => firstFields(filter, 2)) },
  fc.tuple(started, others).map(([a, b]) => ({ ...a, ...b })),
);

function firstFields(filter: FilterInput, count: number): FilterInput {
  return Object.fromEntries(Object.entries(filter).slice(0, count));
}

/** What the graph says of a session on the wire. */
export interface Session {
  readonly start: number | null;
  /** `undefined`: the upstream sent something that is no instant. */
  readonly end: number | null | undefined;
  readonly lastUpdated: number | null;
  readonly uploaded: number;
  readonly downloaded: number;
  readonly text: (member: string) => string | null;
}

/** Reads a session on the wire as the contract says, apart from the gateway's decoders. */
export function sessionOf(record: WireRecord): Session {
  const time = (member: string) =>
    typeof record[member] === 'string'
      ? Date.parse(record[member])
      : record[member] == null
        ? null
        : undefined;
  const count = (member: string) => (/^\d+$/.test(String(record[member])) ? Number(record[member]) : 0);
  return {
    start: time('start') ?? null,
    end: time('end'),
    lastUpdated: time('last_updated') ?? null,
    uploaded: count('packets_uploaded'),
    downloaded: count('packets_downloaded'),
    text: (member) => (record[member] == null || record[member] === '' ? null : String(record[member])),
  };
}

/** Whole seconds that a session lasted; `null` if they are unknown. */
export function durationOf({ start, end, lastUpdated }: Session): number | null {
  const until = end === null ? lastUpdated : end;
  return start === null || until === null || until === undefined ? null : Math.round((until - start) / 1000);
}

/** Whether a session on the wire passes a filter. */
export function passes(record: WireRecord, filter: FilterInput): boolean {
  const session = sessionOf(record);
  const { start, end } = session;
  const { overlaps, startedAfter, startedBefore, active, minDurationSeconds, hasTraffic } = filter;
  const among = (values: readonly string[] | undefined, member: string) => {
    const value = session.text(member);
    return values === undefined || (value !== null && values.includes(value));
  };
  if (overlaps !== undefined) {
    const from = Date.parse(overlaps.from);
    if (start === null || start >= Date.parse(overlaps.to)) return false;
    if (end === undefined || (end !== null && end <= from)) return false;
  }
  if (startedAfter !== undefined && !(start !== null && start >= Date.parse(startedAfter))) return false;
  if (startedBefore !== undefined && !(start !== null && start < Date.parse(startedBefore))) return false;
  if (active === true && end !== null) return false;
  if (active === false && (end === null || end === undefined)) return false;
  if (minDurationSeconds !== undefined && !((durationOf(session) ?? -Infinity) >= minDurationSeconds))
    return false;
  if (hasTraffic !== undefined && session.uploaded + session.downloaded > 0 !== hasTraffic) return false;
  return (
    among(filter.operatorCountry, 'operator_country') &&
    among(filter.operatorMcc, 'operator_mcc') &&
    among(filter.operatorMnc, 'operator_mnc') &&
    among(filter.radioLink, 'radio_link')
  );
}

/** Gives sessions SIDs, and makes them those of a SIM. */
export function completed(simSid: string, records: readonly WireRecord[], from = 0): WireRecord[] {
  return records.map((record, index) => ({
    ...record,
    sid: `WN${(from + index).toString(16).padStart(32, '0')}`,
    sim_sid: simSid,
  }));
}
