import type { DataSession } from '../records.js';
import { isJsonObject } from './json.js';
import { cellLocation, count, instant, text } from './members.js';
import { malformed, type Source } from './source.js';

/**
 * Decodes one element of `data_sessions`.
 *
 * One that is no object is still a record of the list, and stands at its place in it: it comes as a session
 * of which every member is malformed, so that no record is lost and no position moves.
 */
export function decodeDataSession(wire: unknown, source: Source): DataSession {
  if (!isJsonObject(wire)) return unreadableSession(source);
  return {
    sid: text(wire.sid, source),
    simSid: text(wire.sim_sid, source),
    accountSid: text(wire.account_sid, source),
    radioLink: text(wire.radio_link, source),
    operatorMcc: text(wire.operator_mcc, source),
    operatorMnc: text(wire.operator_mnc, source),
    operatorCountry: text(wire.operator_country, source),
    operatorName: text(wire.operator_name, source),
    cellId: text(wire.cell_id, source),
    cellLocationEstimate: cellLocation(wire.cell_location_estimate, source),
    packetsUploaded: count(wire.packets_uploaded, source),
    packetsDownloaded: count(wire.packets_downloaded, source),
    lastUpdated: instant(wire.last_updated, source),
    start: instant(wire.start, source),
    end: instant(wire.end, source),
    imei: text(wire.imei, source),
  };
}

function unreadableSession(source: Source): DataSession {
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
