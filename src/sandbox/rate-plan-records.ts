import { Random } from './random.js';
import { type RecordContext, wireDate } from './record-context.js';
import { fixedSid } from './sids.js';
import type { WireRecord } from './wire.js';

const DAY_MS = 86_400_000;

/** Names of the first rate plans. */
const RATE_PLANS = ['pay as you go', 'pooled', 'messaging only', 'abroad'] as const;

function ratePlanSid(name: string): string {
  return fixedSid('WP', name);
}

/** Name of the rate plan at an index of the list. */
function ratePlanName(index: number): string {
  return RATE_PLANS[index] ?? `plan ${index + 1}`;
}

/**
 * Picks the rate plan of a SIM: one of the first two, if all rate plans of the account are those with a name.
 *
 * @param count - number of rate plans in the account
 * @returns its SID
 */
export function pickRatePlan(count: number, random: Random): string {
  const choices = count > RATE_PLANS.length ? count : Math.min(2, count);
  return ratePlanSid(ratePlanName(random.int(0, Math.max(0, choices - 1))));
}

/** The rate plans of the account. */
export function ratePlanRecords(
  count: number,
  { accountSid, dialect, seed, now, urlBase }: RecordContext,
): WireRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const name = ratePlanName(index);
    const random = new Random(`${seed} rate plan ${name}`);
    const created = now - random.int(400, 1200) * DAY_MS;
    const sid = ratePlanSid(name);
    const abroad = name === 'abroad';
    return {
      sid,
      unique_name: name.replaceAll(' ', '-'),
      account_sid: accountSid,
      friendly_name: name,
      data_enabled: name !== 'messaging only',
      data_metering: index === 0 ? 'payg' : 'quota-10',
      data_limit: random.pick([1000, 2_000_000, 250]),
      messaging_enabled: true,
      voice_enabled: false,
      national_roaming_enabled: abroad,
      national_roaming_data_limit: 1000,
      international_roaming: abroad ? ['data', 'messaging'] : [],
      international_roaming_data_limit: abroad ? 500 : 0,
      date_created: wireDate(created),
      date_updated: wireDate(created + random.int(1, 300) * DAY_MS),
      url: `${urlBase}/v1/RatePlans/${sid}`,
      ...(dialect === 'kore' && {
        data_limit_strategy: random.pick(['block', 'throttle']),
        usage_notification_url: null,
        usage_notification_method: null,
      }),
    };
  });
}
