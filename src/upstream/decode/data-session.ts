import type { CellLocationEstimate, DataSession, Instant, Member } from '../records.js';
import { isJsonObject, type JsonObject } from './json.js';
import { cellLocation, count, instant, text } from './members.js';
import { malformed, type Source } from './source.js';

/**
 * Decodes one element of `data_sessions`.
 *
 * One that is no object is still a record of the list, and stands at its place in it: it comes as a session
 * of which every member is malformed, so that no record is lost and no position moves.
 */
export function decodeDataSession(wire: unknown, source: Source): DataSession {
  return isJsonObject(wire) ? new WireSession(wire, source) : unreadableSession(source);
}

/** A session as it arrived. A member is decoded when it is read: most operations want a few of them. */
class WireSession implements DataSession {
  readonly #wire: JsonObject;
  readonly #source: Source;

  constructor(wire: JsonObject, source: Source) {
    this.#wire = wire;
    this.#source = source;
  }

  get sid(): Member<string> {
    return text(this.#wire.sid, this.#source);
  }

  get simSid(): Member<string> {
    return text(this.#wire.sim_sid, this.#source);
  }

  get accountSid(): Member<string> {
    return text(this.#wire.account_sid, this.#source);
  }

  get radioLink(): Member<string> {
    return text(this.#wire.radio_link, this.#source);
  }

  get operatorMcc(): Member<string> {
    return text(this.#wire.operator_mcc, this.#source);
  }

  get operatorMnc(): Member<string> {
    return text(this.#wire.operator_mnc, this.#source);
  }

  get operatorCountry(): Member<string> {
    return text(this.#wire.operator_country, this.#source);
  }

  get operatorName(): Member<string> {
    return text(this.#wire.operator_name, this.#source);
  }

  get cellId(): Member<string> {
    return text(this.#wire.cell_id, this.#source);
  }

  get cellLocationEstimate(): Member<CellLocationEstimate> {
    return cellLocation(this.#wire.cell_location_estimate, this.#source);
  }

  get packetsUploaded(): Member<number> {
    return count(this.#wire.packets_uploaded, this.#source);
  }

  get packetsDownloaded(): Member<number> {
    return count(this.#wire.packets_downloaded, this.#source);
  }

  get lastUpdated(): Member<Instant> {
    return instant(this.#wire.last_updated, this.#source);
  }

  get start(): Member<Instant> {
    return instant(this.#wire.start, this.#source);
  }

  get end(): Member<Instant> {
    return instant(this.#wire.end, this.#source);
  }

  get imei(): Member<string> {
    return text(this.#wire.imei, this.#source);
  }
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
