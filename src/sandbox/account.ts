import { commands } from '../resources/command.js';
import { simDataSessions } from '../resources/data-session.js';
import { collectionPath } from '../resources/define.js';
import { ratePlans } from '../resources/rate-plan.js';
import { simCollection } from '../resources/sim.js';
import { commandRecords } from './command-records.js';
import { type FleetMember, fleet } from './fleet.js';
import { Random } from './random.js';
import { ratePlanRecords } from './rate-plan-records.js';
import type { RecordContext } from './record-context.js';
import { RecordList } from './record-list.js';
import { newerSessions, type SessionPlan, type SessionSource, sessionRecords } from './session-records.js';
import { fixedSid } from './sids.js';
import { simRecord } from './sim-records.js';
import type { WireRecord, WireSim } from './wire.js';

/** The records of the account: a list for each path of a collection. */
export class Account {
  readonly sims: RecordList<WireSim>;
  readonly #context: RecordContext;
  readonly #lists = new Map<string, RecordList>();
  /** Create lists that have not been requested: the start of the process does not wait for thousands of records. */
  readonly #pending = new Map<string, () => RecordList>();
  #serial = 0;

  constructor(simCount: number, context: RecordContext) {
    this.#context = context;
    const members = fleet(simCount, context.dialect === 'kore');
    for (const member of members) this.#addSessions(member.sid, planOf(member, context.seed));
    this.sims = new RecordList(members.map((member) => simRecord(member, context)));
    this.#lists.set(simCollection.path, this.sims);
    this.#pending.set(ratePlans.collection.path, () => new RecordList(ratePlanRecords(context)));
    const simSids = members.map(({ sid }) => sid);
    this.#pending.set(commands.collection.path, () => new RecordList(commandRecords(simSids, context)));
  }

  /** The list at a path; without records if none have been put there. */
  list(path: string): RecordList {
    let list = this.#lists.get(path);
    if (list === undefined) {
      list = this.#pending.get(path)?.() ?? new RecordList([]);
      this.#pending.delete(path);
      this.#lists.set(path, list);
    }
    return list;
  }

  /** @param name - SID or unique name */
  record(path: string, name: string): WireRecord | undefined {
    return this.list(path).find(({ sid, unique_name }) => sid === name || unique_name === name);
  }

  /** @throws {RangeError} if the account has no such SIM */
  sessions(simSid: string): RecordList {
    const path = collectionPath(simDataSessions.collection, simSid);
    if (!this.#lists.has(path) && !this.#pending.has(path)) {
      throw new RangeError(`the account has no SIM ${simSid}`);
    }
    return this.list(path);
  }

  /** @param records - the sessions, newest first, or how many to create */
  insertAtHead(simSid: string, records: number | readonly WireRecord[]): readonly WireRecord[] {
    const sessions = this.sessions(simSid);
    this.#serial += 1;
    const added =
      typeof records === 'number'
        ? newerSessions(this.#source(simSid), records, sessions.records[0], this.#serial)
        : records;
    sessions.insertAtHead(added);
    return added;
  }

  updateSession(simSid: string, index: number, changes: WireRecord): WireRecord {
    const sessions = this.sessions(simSid);
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
    this.list(collectionPath(simDataSessions.collection, sid)).replaceAll(sessions);
    this.sims.append(sim);
    return sim;
  }

  #addSessions(simSid: string, plan: SessionPlan): void {
    const path = collectionPath(simDataSessions.collection, simSid);
    this.#pending.set(path, () => new RecordList(sessionRecords(this.#source(simSid), plan)));
  }

  #source(simSid: string): SessionSource {
    const { accountSid, seed, now } = this.#context;
    return { simSid, accountSid, seed, now };
  }
}

function planOf({ sid, sessions, open, style }: FleetMember, seed: number): SessionPlan {
  return { count: sessions ?? new Random(`${seed} count ${sid}`).int(20, 300), open, style };
}
