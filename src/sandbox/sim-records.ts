import type { FleetMember } from './fleet.js';
import { Random } from './random.js';
import { fixedSid } from './sids.js';
import type { Dialect, WireSim } from './wire.js';

const DAY_MS = 86_400_000;
const RATE_PLANS = ['pay as you go', 'pooled'] as const;

/** What all SIM records of an account share. */
export interface SimRecordContext {
  readonly accountSid: string;
  readonly dialect: Dialect;
  readonly seed: number;
  /** The time that the data was made for, in milliseconds since 1970. */
  readonly now: number;
  /** Base of the absolute URLs in a record. */
  readonly urlBase: string;
}

/** The SIM as the API answers it, deprecated members included. */
export function simRecord(member: FleetMember, context: SimRecordContext): WireSim {
  const { accountSid, dialect, seed, now, urlBase } = context;
  const random = new Random(`${seed} sim ${member.sid}`);
  const url = `${urlBase}/v1/Sims/${member.sid}`;
  const ratePlanSid = fixedSid('WP', random.pick(RATE_PLANS));
  const created = now - random.int(40, 900) * DAY_MS;
  return {
    sid: member.sid,
    unique_name: member.uniqueName,
    account_sid: accountSid,
    rate_plan_sid: ratePlanSid,
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
      rate_plan: `${urlBase}/v1/RatePlans/${ratePlanSid}`,
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

/** The API's usual form of an instant: UTC, whole seconds. */
export function wireDate(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
