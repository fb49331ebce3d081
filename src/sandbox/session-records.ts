import { type Device, deviceOf } from './device.js';
import type { SessionStyle } from './fleet.js';
import { ODDITIES, type Oddity } from './oddities.js';
import { Random } from './random.js';
import { wireDate } from './record-context.js';
import type { WireRecord } from './wire.js';

const MINUTE_MS = 60_000;
/** The API keeps sessions for 30 days at most. */
const RETENTION_MS = 29 * 86_400_000;
/** How far back sessions go where the API keeps them for longer. */
const KEPT_MS = 2 * RETENTION_MS;
const LONGEST_STEP_MS = 120 * MINUTE_MS;

/** Oddities of the SIM to show: few, and far enough apart that its list still looks like a real one. */
const DEMO_ODDITIES = new Map<number, Oddity>([
  // Past 32 bits, and small enough that a sum over the list stays exact.
  [4, (session) => ({ ...session, packets_uploaded: 4_294_967_297, packets_downloaded: 4_398_046_511_104 })],
  [8, ODDITIES.operatorAsNumbers],
  [13, ODDITIES.sidNull],
  [19, ODDITIES.locationEmpty],
  [26, ODDITIES.datesWithOffset],
  [34, ODDITIES.emptyTexts],
  [43, ODDITIES.locationNull],
  [57, ODDITIES.membersMissing],
  [71, ODDITIES.packetsPast31Bits],
  [88, ODDITIES.datesWithMilliseconds],
]);
const ALL_ODDITIES: readonly Oddity[] = Object.values(ODDITIES);

/** Whose sessions are made, and from what. */
export interface SessionSource {
  readonly simSid: string;
  readonly accountSid: string;
  readonly seed: number;
  /** The time that the data was made for, in milliseconds since 1970. */
  readonly now: number;
}

export interface SessionPlan {
  readonly count: number;
  /** How many of the newest have not ended. */
  readonly open: number;
  readonly style: SessionStyle;
  /** Whether sessions older than 30 days are still there. */
  readonly isKept: boolean;
}

/** The sessions of a SIM, newest first. */
export function sessionRecords(
  source: SessionSource,
  { count, open, style, isKept }: SessionPlan,
): WireRecord[] {
  const random = new Random(`${source.seed} sessions ${source.simSid}`);
  const device = deviceOf(source.simSid, source.seed);
  const step = isKept
    ? KEPT_MS / Math.max(count, 1)
    : Math.min(LONGEST_STEP_MS, RETENTION_MS / Math.max(count, 1));
  const sessions: WireRecord[] = [];
  for (let index = 0; index < count; index += 1) {
    // Every session lies within its own step, so that starts descend without a sort.
    const start = source.now - Math.round(step * (index + 1)) + random.int(0, Math.round(step * 0.3));
    const end = index < open ? null : start + random.int(Math.round(step * 0.05), Math.round(step * 0.65));
    const session = sessionRecord(source, device, random, start, end);
    const oddity = oddityFor(style, index, random);
    sessions.push(oddity === undefined ? session : oddity(session, sessions[index - 1]));
  }
  return sessions;
}

/**
 * Sessions that came after the ones already there, newest first.
 *
 * @param newest - the session at the head so far, where there is one
 * @param serial - tells one batch from the next
 */
export function newerSessions(
  source: SessionSource,
  count: number,
  newest: WireRecord | undefined,
  serial: number,
): WireRecord[] {
  const random = new Random(`${source.seed} newer ${source.simSid} ${serial}`);
  const device = deviceOf(source.simSid, source.seed);
  const known = Date.parse(String(newest?.start));
  const since = Number.isNaN(known) ? source.now : known;
  return Array.from({ length: count }, (_, index) => {
    const start = since + (count - index) * 10 * MINUTE_MS;
    return sessionRecord(source, device, random, start, start + random.int(1, 8) * MINUTE_MS);
  });
}

/** A session with random values of its device. @param end - `null`: it is still open */
export function sessionRecord(
  { simSid, accountSid, now }: SessionSource,
  { imei, networks }: Device,
  random: Random,
  start: number,
  end: number | null,
): WireRecord {
  const network = random.pick(networks);
  return {
    sid: `WN${random.hex(4)}`,
    sim_sid: simSid,
    account_sid: accountSid,
    radio_link: random.pick(['LTE', 'LTE', 'LTE', 'LTE-M', '3G', '2G']),
    operator_mcc: network.mcc,
    operator_mnc: network.mnc,
    operator_country: network.country,
    operator_name: network.name,
    cell_id: String(random.int(1_000_000, 260_000_000)),
    cell_location_estimate: {
      lat: nearby(network.lat, random),
      lon: nearby(network.lon, random),
    },
    packets_uploaded: random.int(40, 60_000),
    packets_downloaded: random.int(40, 400_000),
    last_updated: wireDate(end ?? Math.max(start, now)),
    start: wireDate(start),
    end: end === null ? null : wireDate(end),
    imei,
  };
}

function nearby(degrees: number, random: Random): number {
  return Math.round(degrees * 10_000 + random.int(-900, 900)) / 10_000;
}

function oddityFor(style: SessionStyle, index: number, random: Random): Oddity | undefined {
  if (style === 'demo') return DEMO_ODDITIES.get(index);
  // One plain session in between, so that odd and plain ones are neighbours too.
  if (style === 'odd') return ALL_ODDITIES[index % (ALL_ODDITIES.length + 1)];
  if (style === 'mixed' && random.chance(0.03)) return ALL_ODDITIES[random.int(0, ALL_ODDITIES.length - 1)];
  return undefined;
}
