import { type FleetMember, fleet } from './fleet.js';
import { Random } from './random.js';
import { RecordList } from './record-list.js';
import { newerSessions, type SessionPlan, type SessionSource, sessionRecords } from './session-records.js';
import { fixedSid } from './sids.js';
import { type SimRecordContext, simRecord } from './sim-records.js';
import type { WireRecord, WireSim } from './wire.js';

interface Held {
  readonly source: SessionSource;
  readonly plan: SessionPlan;
  /** Made when it is first asked for: the start of the process does not wait for thousands of records. */
  sessions: RecordList | null;
}

/** The account: its SIMs, and the data sessions of each. */
export class Account {
  readonly sims: RecordList<WireSim>;
  readonly #context: SimRecordContext;
  readonly #held = new Map<string, Held>();
  #serial = 0;

  constructor(simCount: number, context: SimRecordContext) {
    this.#context = context;
    const members = fleet(simCount, context.dialect === 'kore');
    for (const member of members) this.#hold(member.sid, planOf(member, context.seed));
    this.sims = new RecordList(members.map((member) => simRecord(member, context)));
  }

  /** @param name - SID or unique name */
  sim(name: string): WireSim | undefined {
    return this.sims.records.find(({ sid, unique_name }) => sid === name || unique_name === name);
  }

  /** The list of a SIM's sessions; `undefined` when the account has no such SIM. */
  sessions(simSid: string): RecordList | undefined {
    const held = this.#held.get(simSid);
    if (held === undefined) return undefined;
    held.sessions ??= new RecordList(sessionRecords(held.source, held.plan));
    return held.sessions;
  }

  /** @throws {RangeError} when the account has no such SIM. */
  knownSessions(simSid: string): RecordList {
    const sessions = this.sessions(simSid);
    if (sessions === undefined) throw new RangeError(`the account has no SIM ${simSid}`);
    return sessions;
  }

  /** @param records - the sessions, newest first, or how many to make */
  insertAtHead(simSid: string, records: number | readonly WireRecord[]): readonly WireRecord[] {
    const sessions = this.knownSessions(simSid);
    this.#serial += 1;
    const added =
      typeof records === 'number'
        ? newerSessions(this.#source(simSid), records, sessions.records[0], this.#serial)
        : records;
    sessions.insertAtHead(added);
    return added;
  }

  updateSession(simSid: string, index: number, changes: WireRecord): WireRecord {
    const sessions = this.knownSessions(simSid);
    const changed = { ...sessions.records[index], ...changes };
    sessions.replace(index, changed);
    return changed;
  }

  addSim(members: WireRecord, sessions: readonly WireRecord[]): WireSim {
    this.#serial += 1;
    const sid = typeof members.sid === 'string' ? members.sid : fixedSid('DE', `added sim ${this.#serial}`);
    const member: FleetMember = {
      sid,
      uniqueName: null,
      friendlyName: 'Added',
      status: 'active',
      resetting: false,
      sessions: 0,
      open: 0,
      style: 'clean',
    };
    const sim = { ...simRecord(member, this.#context), ...members, sid };
    this.#hold(sid, { count: 0, open: 0, style: 'clean' });
    this.knownSessions(sid).replaceAll(sessions);
    this.sims.append(sim);
    return sim;
  }

  #hold(simSid: string, plan: SessionPlan): void {
    this.#held.set(simSid, { source: this.#source(simSid), plan, sessions: null });
  }

  #source(simSid: string): SessionSource {
    const { accountSid, seed, now } = this.#context;
    return { simSid, accountSid, seed, now };
  }
}

function planOf({ sid, sessions, open, style }: FleetMember, seed: number): SessionPlan {
  return { count: sessions ?? new Random(`${seed} count ${sid}`).int(20, 300), open, style };
}
