import { deviceOf } from './device.js';
import { cellAt } from './live-route.js';
import { Random } from './random.js';
import { wireDate } from './record-context.js';
import { type SessionSource, sessionRecord } from './session-records.js';
import { fixedSid } from './sids.js';
import type { WireRecord } from './wire.js';

/** A session starts each minute, so that the next one is soon seen. */
const CYCLE_MS = 60_000;
/** How long a session is open. */
const OPEN_MS = 44_000;
/** How often packets are counted. The other times are multiples of this one, so that records change with the counts only. */
export const REPORT_MS = 4000;
/** How long the device stays in a cell. */
const CELL_MS = 12_000;

/** The number of the live session that is the newest at a time: one that is open, or the last one that has ended. */
export function liveSessionNumber(ms: number): number {
  return Math.floor(ms / CYCLE_MS);
}

/**
 * The record of a live session at a time. It depends on the seed, the number and the time only.
 *
 * @param number - from `liveSessionNumber`
 * @param ms - milliseconds since 1970, not before the start of the session
 */
export function liveSession(source: SessionSource, number: number, ms: number): WireRecord {
  const { simSid, seed } = source;
  const start = number * CYCLE_MS;
  const end = start + OPEN_MS;
  const updated = Math.min(ms - (ms % REPORT_MS), end);
  // The same draws at any time, so that nothing else changes while the session lives.
  const random = new Random(`${seed} live ${simSid} ${number}`);
  const { imei, networks } = deviceOf(simSid, seed);
  const [home] = networks;
  const session = sessionRecord(source, { imei, networks: [home] }, random, start, null);
  return {
    ...session,
    sid: fixedSid('WN', `live ${seed} ${simSid} ${number}`),
    ...cellAt(Math.floor(updated / CELL_MS), home, `${seed} ${simSid}`),
    ...packetsAfter((updated - start) / REPORT_MS, random),
    last_updated: wireDate(updated),
    end: updated < end ? null : wireDate(end),
  };
}

/**
 * Ends the sessions that are still open where live ones follow, because a device has one session at a time.
 *
 * @param since - time of the first live session, in milliseconds since 1970
 */
export function withoutOpen(records: readonly WireRecord[], since: number): WireRecord[] {
  const end = wireDate(liveSessionNumber(since) * CYCLE_MS);
  return records.map((record) => (record.end === null ? { ...record, last_updated: end, end } : record));
}

function packetsAfter(reports: number, random: Random): WireRecord {
  let uploaded = random.int(4, 40);
  let downloaded = random.int(4, 60);
  for (let report = 0; report < reports; report += 1) {
    uploaded += random.int(5, 400);
    downloaded += random.int(5, 2500);
  }
  return { packets_uploaded: uploaded, packets_downloaded: downloaded };
}
