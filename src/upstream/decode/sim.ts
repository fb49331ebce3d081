import { HTTP_METHODS, type Member, SIM_STATUSES, type Sim, type SimLinks } from '../../resources/records.js';
import { isJsonObject } from './json.js';
import { instant, oneOf, text } from './members.js';
import { type DecodeContext, malformed } from './source.js';

const status = oneOf('status', SIM_STATUSES);
const resetStatus = oneOf('reset_status', ['resetting']);
const httpMethod = oneOf('commands_callback_method', HTTP_METHODS);

/** Decodes a SIM. @returns `null` for what has no SID: there is no telling which SIM it would be. */
export function decodeSim(wire: unknown, source: DecodeContext): Sim | null {
  if (!isJsonObject(wire) || typeof wire.sid !== 'string' || wire.sid === '') return null;
  return {
    sid: wire.sid,
    uniqueName: text(wire.unique_name, source),
    accountSid: text(wire.account_sid, source),
    ratePlanSid: text(wire.rate_plan_sid, source),
    friendlyName: text(wire.friendly_name, source),
    iccid: text(wire.iccid, source),
    // Twilio and KORE spell it differently.
    eId: text(wire.e_id ?? wire.eid, source),
    status: status(wire.status, source),
    resetStatus: resetStatus(wire.reset_status, source),
    commandsCallbackUrl: text(wire.commands_callback_url, source),
    commandsCallbackMethod: httpMethod(wire.commands_callback_method, source),
    dateCreated: instant(wire.date_created, source),
    dateUpdated: instant(wire.date_updated, source),
    url: text(wire.url, source),
    links: links(wire.links, source),
    ipAddress: text(wire.ip_address, source),
  };
}

function links(value: unknown, source: DecodeContext): Member<SimLinks> {
  if (value === undefined || value === null || value === '') return null;
  if (!isJsonObject(value)) return malformed('an object of links', source);
  const dataSessions = text(value.data_sessions, source);
  const ratePlan = text(value.rate_plan, source);
  const usageRecords = text(value.usage_records, source);
  if (isLink(dataSessions) && isLink(ratePlan) && isLink(usageRecords)) {
    return { dataSessions, ratePlan, usageRecords };
  }
  return malformed('an object of links', source);
}

function isLink(member: Member<string>): member is string | null {
  return member === null || typeof member === 'string';
}
