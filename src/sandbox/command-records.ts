import { Random } from './random.js';
import { type RecordContext, wireDate } from './record-context.js';
import { fixedSid } from './sids.js';
import type { WireRecord } from './wire.js';

const MINUTE_MS = 60_000;

/** Commands of the account: more than a page of the default size. */
const COUNT = 120;

const STATUSES = ['delivered', 'delivered', 'sent', 'queued', 'failed'] as const;

/** The commands to and from some SIMs, newest first. */
export function commandRecords(simSids: readonly string[], context: RecordContext): WireRecord[] {
  const { accountSid, seed, now, urlBase } = context;
  const [first, ...others] = simSids;
  if (first === undefined) return [];
  const random = new Random(`${seed} commands`);
  return Array.from({ length: COUNT }, (_, index) => {
    const sid = fixedSid('DC', `command ${seed} ${index}`);
    const fromSim = random.chance(0.3);
    const binary = random.chance(0.1);
    const created = now - index * 300 * MINUTE_MS - random.int(0, 200) * MINUTE_MS;
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
