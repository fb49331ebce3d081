import type { Assumptions } from './assumptions.js';
import { type RecordContext, wireDate } from './record-context.js';
import { type Amounts, HOUR_MS, type UsageByPlace, usageBetween } from './usage-data.js';
import { usageOddity } from './usage-oddities.js';
import type { UsageRange } from './usage-range.js';
import type { WireRecord } from './wire.js';

/** Whose usage is asked for. */
export interface UsageOwner {
  /** `null`: the account's. */
  readonly simSid: string | null;
  readonly simSids: readonly string[];
}

/** Length of a period, by granularity; the whole range has one period. */
const PERIOD_MS: Readonly<Record<string, number>> = { hourly: HOUR_MS, daily: 24 * HOUR_MS };

/** Usage records of a range, the newest period first. */
export function usageRecords(
  owner: UsageOwner,
  { start, end, granularity }: UsageRange,
  context: RecordContext,
  assumptions: Assumptions,
): WireRecord[] {
  const { now } = context;
  const length = PERIOD_MS[granularity];
  if (length === undefined) {
    const from = Math.ceil(start / HOUR_MS) * HOUR_MS;
    const to = Math.min(now, end + 1000);
    return to <= from ? [] : [record(owner, start, from, to, context, assumptions)];
  }
  const records: WireRecord[] = [];
  const last = Math.min(end, now - 1);
  for (let at = Math.floor(last / length) * length; at >= start; at -= length) {
    const made = record(owner, at, at, Math.min(at + length, now), context, assumptions);
    records.push(usageOddity(owner.simSid, records.length, made));
  }
  return records.filter((made) => assumptions.emptyBuckets !== 'omitted' || !isEmpty(made));
}

function record(
  { simSid, simSids }: UsageOwner,
  periodStart: number,
  from: number,
  to: number,
  context: RecordContext,
  { emptyBuckets, billedLagHours }: Assumptions,
): WireRecord {
  const byPlace = usageBetween(simSids, from, to, context);
  const isBilled = to <= context.now - billedLagHours * HOUR_MS;
  const braces = byPlace.size === 0 && emptyBuckets === 'braces';
  return {
    account_sid: context.accountSid,
    ...(simSid !== null && { sim_sid: simSid }),
    period: { start: wireDate(periodStart), end: wireDate(to) },
    commands: braces ? {} : parts(byPlace, (amounts) => commandsOf(amounts)),
    data: braces ? {} : parts(byPlace, (amounts) => dataOf(amounts, isBilled)),
  };
}

function isEmpty({ data }: WireRecord): boolean {
  return (data as { readonly total?: unknown } | null)?.total === 0;
}

const NOTHING: Amounts = { upload: 0, download: 0, fromSim: 0, toSim: 0 };

/** The usage as a whole and by place. Without any, `home` and `national_roaming` are null. */
function parts(byPlace: UsageByPlace, write: (amounts: Amounts) => WireRecord): WireRecord {
  const amountsOf = (place: 'home' | 'national') => byPlace.get(place);
  const international = [...byPlace].filter(([place]) => place !== 'home' && place !== 'national');
  const [home, national] = [amountsOf('home'), amountsOf('national')];
  const isUsed = byPlace.size > 0;
  return {
    ...write([...byPlace.values()].reduce(sum, NOTHING)),
    home: isUsed ? write(home ?? NOTHING) : null,
    national_roaming: isUsed ? write(national ?? NOTHING) : null,
    international_roaming: international.map(([place, amounts]) => ({
      country_code: place,
      ...write(amounts),
    })),
  };
}

function sum(a: Amounts, b: Amounts): Amounts {
  return {
    upload: a.upload + b.upload,
    download: a.download + b.download,
    fromSim: a.fromSim + b.fromSim,
    toSim: a.toSim + b.toSim,
  };
}

function dataOf({ upload, download }: Amounts, isBilled: boolean): WireRecord {
  const total = upload + download;
  const billed = isBilled ? Math.round(total / 1e5) / 1e4 : 0;
  return { download, upload, total, units: 'bytes', billed, billing_units: 'USD' };
}

function commandsOf({ fromSim, toSim }: Amounts): WireRecord {
  const total = fromSim + toSim;
  return { from_sim: fromSim, to_sim: toSim, total, billed: total / 100, billing_units: 'USD' };
}
