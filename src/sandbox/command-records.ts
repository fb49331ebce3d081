import { Random } from './random.js';
import { type RecordContext, wireDate } from './record-context.js';
import { fixedSid } from './sids.js';
import type { WireRecord } from './wire.js';

const MINUTE_MS = 60_000;

/** The API keeps commands for 30 days. */
const RETENTION_MINUTES = 29 * 24 * 60;
const LONGEST_STEP_MINUTES = 300;

const STATUSES = ['delivered', 'delivered', 'sent', 'queued', 'failed'] as const;

/**
 * The commands to and from some SIMs, newest first.
 *
 * @param isKept - whether commands older than 30 days are still there: then the oldest half is
 */
export function commandRecords(
  simSids: readonly string[],
  count: number,
  isKept: boolean,
  context: RecordContext,
): WireRecord[] {
  const { accountSid, seed, now, urlBase } = context;
  const [first, ...others] = simSids;
  if (first === undefined) return [];
  const random = new Random(`${seed} commands`);
  const step = isKept
    ? (2 * RETENTION_MINUTES) / count
    : Math.min(LONGEST_STEP_MINUTES, RETENTION_MINUTES / count);
  return Array.from({ length: count }, (_, index) => {
    const sid = fixedSid('DC', `command ${seed} ${index}`);
    const fromSim = random.chance(0.3);
    const binary = random.chance(0.1);
    const age = index * step + random.int(0, Math.max(1, Math.floor(step * 0.7)));
    const created = now - Math.round(age * MINUTE_MS);
    return {
      sid,
      account_sid: accountSid,
      sim_sid: random.pick([first, ...others]),
      command: binary ? Buffer.from(random.hex(2)).toString('base64') : `report ${random.digits(3)}`,
      command_mode: binary ? 'binary' : 'text',
      transport: random.pick(['sms', 'sms', 'ip']),
      delivery_receipt_requested: !fromSim,
      status: fromSim ? 'received' : random.pick(STATUSES),
      direction: fromSim ? 'from_sim' : 'to_sim',
      date_created: wireDate(created),
      date_updated: wireDate(created + random.int(0, 5) * MINUTE_MS),
      url: `${urlBase}/v1/Commands/${sid}`,
    };
  });
}
