import { DEMO_SIM_SID, ODD_SIM_SID } from './sids.js';
import type { WireRecord } from './wire.js';

type Oddity = (record: WireRecord) => WireRecord;

const inText: Oddity = (record) => ({
  ...record,
  data: Object.fromEntries(
    Object.entries(record.data as WireRecord).map(([name, value]) => [
      name,
      typeof value === 'number' ? String(value) : value,
    ]),
  ),
});

/** Data quirks of usage records, by their place in the list. */
const ODDITIES: ReadonlyMap<number, Oddity> = new Map<number, Oddity>([
  [1, (record) => ({ ...record, data: {}, commands: {} })],
  [2, (record) => ({ ...record, data: null })],
  [3, inText],
  [4, (record) => ({ ...record, data: { ...(record.data as WireRecord), total: Number.MAX_SAFE_INTEGER } })],
  [5, (record) => ({ ...record, data: { ...(record.data as WireRecord), units: 'octets', billed: null } })],
  [6, (record) => ({ ...record, data: { ...(record.data as WireRecord), upload: 'many' } })],
  [7, (record) => ({ ...record, period: {}, commands: null })],
]);

/** A usage record with its quirk: the SIM with all quirks has each, the one for demonstrations a few. */
export function usageOddity(simSid: string | null, index: number, record: WireRecord): WireRecord {
  if (simSid === ODD_SIM_SID) return ODDITIES.get(index % 16)?.(record) ?? record;
  return simSid === DEMO_SIM_SID && index === 9 ? inText(record) : record;
}
