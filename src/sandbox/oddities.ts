import type { WireRecord } from './wire.js';

/** Adds one data quirk to a session. `newer` is the session before it in the list, if there is one. */
export type Oddity = (session: WireRecord, newer: WireRecord | undefined) => WireRecord;

/** Data quirks that were observed in sessions of the real API. */
export const ODDITIES = {
  sidNull: (session) => ({ ...session, sid: null }),
  // Two contexts of one device that started at the same time and have no SID, so that they are almost duplicates.
  twinOfNewer: (session, newer) => ({
    ...session,
    sid: null,
    radio_link: 'GPRS',
    start: newer?.start ?? session.start,
    end: newer?.end ?? session.end,
    last_updated: newer?.last_updated ?? session.last_updated,
  }),
  operatorAsNumbers: (session) => ({ ...session, operator_mcc: 310, operator_mnc: 4 }),
  operatorWithLeadingZeros: (session) => ({ ...session, operator_mcc: '001', operator_mnc: '004' }),
  emptyTexts: (session) => ({ ...session, operator_name: '', cell_id: '', radio_link: '' }),
  nameOfAnyScript: (session) => ({ ...session, operator_name: 'Ελλάς · МТС "★"', radio_link: 'NB-IoT' }),
  locationEmpty: (session) => ({ ...session, cell_location_estimate: {} }),
  locationNull: (session) => ({ ...session, cell_location_estimate: null }),
  packetsPast31Bits: (session) => ({
    ...session,
    packets_uploaded: 2_147_483_648,
    packets_downloaded: 3_000_000_017,
  }),
  packetsPast32Bits: (session) => ({
    ...session,
    packets_uploaded: 4_294_967_297,
    packets_downloaded: Number.MAX_SAFE_INTEGER,
  }),
  datesWithOffset: (session) => withDates(session, (ms) => shifted(ms, 120, '+02:00')),
  datesWithNegativeOffset: (session) => withDates(session, (ms) => shifted(ms, -420, '-07:00')),
  datesWithMilliseconds: (session) => withDates(session, (ms) => new Date(ms + 123).toISOString()),
  startNull: (session) => ({ ...session, start: null, last_updated: null }),
  membersMissing: ({ imei, cell_id, cell_location_estimate, operator_country, ...rest }) => rest,
  countersMissing: ({ packets_uploaded, packets_downloaded, radio_link, ...rest }) => rest,
  almostAllNull: (session) => ({
    ...Object.fromEntries(Object.keys(session).map((member) => [member, null])),
    sid: session.sid,
    sim_sid: session.sim_sid,
    start: session.start,
    end: session.end,
  }),
} satisfies Record<string, Oddity>;

const DATES = ['start', 'end', 'last_updated'] as const;

function withDates(session: WireRecord, write: (ms: number) => string): WireRecord {
  const changed: Record<string, unknown> = { ...session };
  for (const member of DATES) {
    const value = changed[member];
    if (typeof value === 'string') changed[member] = write(Date.parse(value));
  }
  return changed;
}

function shifted(ms: number, minutes: number, offset: string): string {
  return new Date(ms + minutes * 60_000).toISOString().slice(0, 19) + offset;
}
