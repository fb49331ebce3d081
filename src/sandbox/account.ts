import { commands } from '../resources/command.js';
import { simDataSessions } from '../resources/data-session.js';
import { collectionPath } from '../resources/define.js';
import { ratePlans } from '../resources/rate-plan.js';
import { simCollection } from '../resources/sim.js';
import type { Assumptions } from './assumptions.js';
import { commandRecords } from './command-records.js';
import { type FleetMember, fleet } from './fleet.js';
import { LiveList } from './live-list.js';
import { withoutOpen } from './live-sessions.js';
import { ordered } from './order.js';
import { Random } from './random.js';
import { ratePlanRecords } from './rate-plan-records.js';
import type { RecordContext } from './record-context.js';
import { RecordList } from './record-list.js';
import { newerSessions, type SessionPlan, type SessionSource, sessionRecords } from './session-records.js';
import { fixedSid, LIVE_SIM_SID } from './sids.js';
import { simRecord } from './sim-records.js';
import type { UsageRange } from './usage-range.js';
import { usageRecords } from './usage-records.js';
import type { WireRecord, WireSim } from './wire.js';

/** What the account has, and how it comes. */
export interface AccountSettings extends Assumptions {
  readonly sims: number;
  readonly commands: number;
  readonly ratePlans: number;
  /** Clock of the live SIM in milliseconds since 1970; `null`: no SIM is live. */
  readonly liveSessions: (() => number) | null;
}

/** Ranges of usage whose records are kept at most: a client pages through one or a few at a time. */
const MOST_RANGES = 50;

/** The records of the account: a list for each path of a collection. */
export class Account {
  readonly sims: RecordList<WireSim>;
  readonly #context: RecordContext;
  readonly #settings: AccountSettings;
  readonly #lists = new Map<string, RecordList>();
  /** Create lists that have not been requested: the start of the process does not wait for thousands of records. */
  readonly #pending = new Map<string, () => RecordList>();
  readonly #usage = new Map<string, RecordList>();
  readonly #live: LiveList | null;
  #serial = 0;

  constructor(settings: AccountSettings, context: RecordContext) {
    this.#context = context;
    this.#settings = settings;
    const members = fleet(settings.sims, context.dialect === 'kore');
    this.#live = this.#liveListOf(members);
    for (const member of members) this.#addSessions(member);
    this.sims = this.#listOf(
      members.map((member) => simRecord(member, settings.ratePlans, context)),
      simCollection.path,
    );
    this.#lists.set(simCollection.path, this.sims);
    const { path: planPath } = ratePlans.collection;
    this.#pending.set(planPath, () => this.#listOf(ratePlanRecords(settings.ratePlans, context), planPath));
    const { path: commandPath } = commands.collection;
    const simSids = members.map(({ sid }) => sid);
    const isKept = settings.retention === 'none';
    this.#pending.set(commandPath, () =>
      this.#listOf(commandRecords(simSids, settings.commands, isKept, context), commandPath),
    );
  }

  /** The SIM whose sessions start, change and end in real time; `null` if there is none. */
  get liveSimSid(): string | null {
    return this.#live?.simSid ?? null;
  }

  /** The list at a path, up to date; without records if none have been put there. */
  list(path: string): RecordList {
    let list = this.#lists.get(path);
    if (list === undefined) {
      list = this.#pending.get(path)?.() ?? this.#listOf([], path);
      this.#pending.delete(path);
      this.#lists.set(path, list);
    }
    if (path === this.#live?.path) this.#live.update(list);
    return list;
  }

  /** @param name - SID or unique name */
  record(path: string, name: string): WireRecord | undefined {
    return this.list(path).find(({ sid, unique_name }) => sid === name || unique_name === name);
  }

  /**
   * The usage at a path, for a range: the records that a test has put there, or those of the range.
   *
   * @param simSid - `null` for the usage of the account
   */
  usage(path: string, simSid: string | null, range: UsageRange): RecordList {
    const put = this.#lists.get(path);
    if (put !== undefined) return put;
    const key = `${path} ${range.granularity} ${range.start} ${range.end}`;
    let list = this.#usage.get(key);
    if (list === undefined) {
      const owner = { simSid, simSids: simSid === null ? this.sims.records.map(({ sid }) => sid) : [simSid] };
      list = this.#listOf(usageRecords(owner, range, this.#context, this.#settings), key);
      const [oldest] = this.#usage.keys();
      if (this.#usage.size >= MOST_RANGES && oldest !== undefined) this.#usage.delete(oldest);
      this.#usage.set(key, list);
    }
    return list;
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
    const sim = { ...simRecord(member, this.#settings.ratePlans, this.#context), ...members, sid };
    this.list(collectionPath(simDataSessions.collection, sid)).replaceAll(sessions);
    this.sims.append(sim);
    return sim;
  }

  #addSessions(member: FleetMember): void {
    const { sid } = member;
    const path = collectionPath(simDataSessions.collection, sid);
    const isKept = this.#settings.retention === 'none';
    this.#pending.set(path, () => {
      const records = sessionRecords(this.#source(sid), { ...planOf(member, this.#context.seed), isKept });
      return this.#listOf(sid === this.liveSimSid ? withoutOpen(records, this.#context.now) : records, path);
    });
  }

  #liveListOf(members: readonly FleetMember[]): LiveList | null {
    const { liveSessions } = this.#settings;
    const isThere = members.some(({ sid }) => sid === LIVE_SIM_SID);
    return liveSessions !== null && isThere ? new LiveList(this.#source(LIVE_SIM_SID), liveSessions) : null;
  }

  /** @param records - the newest first */
  #listOf<R extends WireRecord>(records: readonly R[], path: string): RecordList<R> {
    const { order } = this.#settings;
    const inOrder = ordered(records, order, `${this.#context.seed} ${path}`);
    return new RecordList(inOrder, order === 'oldest-first');
  }

  #source(simSid: string): SessionSource {
    const { accountSid, seed, now } = this.#context;
    return { simSid, accountSid, seed, now };
  }
}

function planOf({ sid, sessions, open, style }: FleetMember, seed: number): Omit<SessionPlan, 'isKept'> {
  return { count: sessions ?? new Random(`${seed} count ${sid}`).int(20, 300), open, style };
}
