import type { JsonWriter } from '../../fast-path/json/json-writer.js';
import {
  type LazyRecordList,
  type ScannedList,
  ShapeCache,
  scanList,
  type WriteMember,
} from '../../fast-path/json/lazy-record-list.js';
import { writeCount, writeInstant, writeText } from '../../fast-path/json/raw-writers.js';
import { fingerprintBytes } from '../../pagination/cursor/fingerprint.js';
import type { CellLocationEstimate, DataSession, Instant, Member } from '../../resources/records.js';
import { cellLocation, count, instant, text } from './members.js';
import { type DecodeContext, malformed } from './source.js';

/** Members by their wire names, each with its index. */
const AT = {
  sid: 0,
  sim_sid: 1,
  account_sid: 2,
  radio_link: 3,
  operator_mcc: 4,
  operator_mnc: 5,
  operator_country: 6,
  operator_name: 7,
  cell_id: 8,
  cell_location_estimate: 9,
  packets_uploaded: 10,
  packets_downloaded: 11,
  last_updated: 12,
  start: 13,
  end: 14,
  imei: 15,
} as const;

const TABLE = new ShapeCache(Object.keys(AT));

/** Reads an answer with a list of data sessions. @returns `null` when it is no JSON object */
export function scanDataSessions(body: Buffer): ScannedList | null {
  return scanList(body, 'data_sessions', TABLE);
}

/**
 * Decodes the elements of `data_sessions`.
 *
 * One that is no object is still a record of the list, and stands at its place in it: it comes as a session
 * of which every member is malformed, so that no record is lost and no position moves.
 */
export function decodeDataSessions(list: LazyRecordList, source: DecodeContext): DataSession[] {
  const sessions: DataSession[] = [];
  for (let record = 0; record < list.length; record += 1) {
    sessions.push(list.isObject(record) ? new LazySession(list, record, source) : malformedSession(source));
  }
  return sessions;
}

/** A session as it arrived. A member is decoded when it is read: most operations want a few of them. */
class LazySession implements DataSession {
  readonly #list: LazyRecordList;
  readonly #record: number;
  readonly #source: DecodeContext;

  constructor(list: LazyRecordList, record: number, source: DecodeContext) {
    this.#list = list;
    this.#record = record;
    this.#source = source;
  }

  /** Fingerprint of its SID; `null` where it takes the SID to tell. */
  fingerprintSid(): number | null {
    return this.#list.peekAscii(this.#record, AT.sid, printSid);
  }

  /** Writes a member as it arrived. @returns whether it could be written so */
  write(member: number, write: WriteMember, out: JsonWriter): boolean {
    return this.#list.write(this.#record, member, write, out);
  }

  get sid(): Member<string> {
    return text(this.#list.value(this.#record, AT.sid), this.#source);
  }

  get simSid(): Member<string> {
    return text(this.#list.value(this.#record, AT.sim_sid), this.#source);
  }

  get accountSid(): Member<string> {
    return text(this.#list.value(this.#record, AT.account_sid), this.#source);
  }

  get radioLink(): Member<string> {
    return text(this.#list.value(this.#record, AT.radio_link), this.#source);
  }

  get operatorMcc(): Member<string> {
    return text(this.#list.value(this.#record, AT.operator_mcc), this.#source);
  }

  get operatorMnc(): Member<string> {
    return text(this.#list.value(this.#record, AT.operator_mnc), this.#source);
  }

  get operatorCountry(): Member<string> {
    return text(this.#list.value(this.#record, AT.operator_country), this.#source);
  }

  get operatorName(): Member<string> {
    return text(this.#list.value(this.#record, AT.operator_name), this.#source);
  }

  get cellId(): Member<string> {
    return text(this.#list.value(this.#record, AT.cell_id), this.#source);
  }

  get cellLocationEstimate(): Member<CellLocationEstimate> {
    return cellLocation(this.#list.value(this.#record, AT.cell_location_estimate), this.#source);
  }

  get packetsUploaded(): Member<number> {
    return count(this.#list.value(this.#record, AT.packets_uploaded), this.#source);
  }

  get packetsDownloaded(): Member<number> {
    return count(this.#list.value(this.#record, AT.packets_downloaded), this.#source);
  }

  get lastUpdated(): Member<Instant> {
    return instant(this.#list.value(this.#record, AT.last_updated), this.#source);
  }

  get start(): Member<Instant> {
    return instant(this.#list.value(this.#record, AT.start), this.#source);
  }

  get end(): Member<Instant> {
    return instant(this.#list.value(this.#record, AT.end), this.#source);
  }

  get imei(): Member<string> {
    return text(this.#list.value(this.#record, AT.imei), this.#source);
  }
}

/** Fingerprint of a session's SID, which need not be made a text for that. @returns `null` where it has to be */
export function sidFingerprint(session: DataSession): number | null {
  return session instanceof LazySession ? session.fingerprintSid() : null;
}

/** An empty one is none. */
function printSid(json: DataView, from: number, to: number): number | null {
  return from === to ? null : fingerprintBytes(json, from, to);
}

/** How members are written that need not be decoded to be answered. */
const WRITERS = {
  sid: [AT.sid, writeText],
  simSid: [AT.sim_sid, writeText],
  accountSid: [AT.account_sid, writeText],
  radioLink: [AT.radio_link, writeText],
  operatorMcc: [AT.operator_mcc, writeText],
  operatorMnc: [AT.operator_mnc, writeText],
  operatorCountry: [AT.operator_country, writeText],
  operatorName: [AT.operator_name, writeText],
  packetsUploaded: [AT.packets_uploaded, writeCount],
  packetsDownloaded: [AT.packets_downloaded, writeCount],
  lastUpdated: [AT.last_updated, writeInstant],
  start: [AT.start, writeInstant],
  end: [AT.end, writeInstant],
} satisfies Partial<Record<keyof DataSession, readonly [number, WriteMember]>>;

/** A member that can be answered without being decoded. */
export type WritableMember = keyof typeof WRITERS;

/**
 * Makes what writes a member of a session in JSON, as it came from the upstream.
 *
 * @returns tells whether it has: else the member has to be decoded, to tell what it is
 */
export function sessionWriter(name: WritableMember): (session: DataSession, out: JsonWriter) => boolean {
  const [member, write] = WRITERS[name];
  return (session, out) => session instanceof LazySession && session.write(member, write, out);
}

function malformedSession(source: DecodeContext): DataSession {
  const member = malformed('a data session', source);
  return {
    sid: member,
    simSid: member,
    accountSid: member,
    radioLink: member,
    operatorMcc: member,
    operatorMnc: member,
    operatorCountry: member,
    operatorName: member,
    cellId: member,
    cellLocationEstimate: member,
    packetsUploaded: member,
    packetsDownloaded: member,
    lastUpdated: member,
    start: member,
    end: member,
    imei: member,
  };
}
