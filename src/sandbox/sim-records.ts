import type { FleetMember } from './fleet.js';
import { Random } from './random.js';
import { pickRatePlan } from './rate-plan-records.js';
import { type RecordContext, wireDate } from './record-context.js';
import type { WireSim } from './wire.js';

const DAY_MS = 86_400_000;

/** The record of a SIM, deprecated members included. @param ratePlans - number of rate plans in the account */
export function simRecord(member: FleetMember, ratePlans: number, context: RecordContext): WireSim {
  const { accountSid, dialect, seed, now, urlBase } = context;
  const random = new Random(`${seed} sim ${member.sid}`);
  const url = `${urlBase}/v1/Sims/${member.sid}`;
  const ratePlan = pickRatePlan(ratePlans, random);
  const created = now - random.int(40, 900) * DAY_MS;
  return {
    sid: member.sid,
    unique_name: member.uniqueName,
    account_sid: accountSid,
    rate_plan_sid: ratePlan,
    friendly_name: member.friendlyName,
    iccid: `8988307${random.digits(12)}`,
    [dialect === 'kore' ? 'eid' : 'e_id']: random.chance(0.3) ? `89049032${random.digits(24)}` : null,
    status: member.status,
    reset_status: member.resetting ? 'resetting' : null,
    commands_callback_url: random.chance(0.5) ? 'https://fleet.example.com/commands' : null,
    commands_callback_method: random.pick(['POST', 'GET', null]),
    date_created: wireDate(created),
    date_updated: wireDate(created + random.int(1, 30) * DAY_MS),
    url,
    links: {
      data_sessions: `${url}/DataSessions`,
      rate_plan: `${urlBase}/v1/RatePlans/${ratePlan}`,
      usage_records: `${url}/UsageRecords`,
    },
    ip_address: null,
    sms_fallback_method: null,
    sms_fallback_url: null,
    sms_method: null,
    sms_url: null,
    voice_fallback_method: null,
    voice_fallback_url: null,
    voice_method: null,
    voice_url: null,
  };
}
