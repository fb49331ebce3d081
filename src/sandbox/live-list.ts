import { simDataSessions } from '../resources/data-session.js';
import { collectionPath } from '../resources/define.js';
import { liveSession, liveSessionNumber, REPORT_MS } from './live-sessions.js';
import type { RecordList } from './record-list.js';
import type { SessionSource } from './session-records.js';

/** Maximum number of sessions in the list. As in the API, which keeps sessions for 30 days, the oldest ones go. */
const MAX_SESSIONS = 1500;

/** Brings the sessions of a SIM up to date whenever they are requested. */
export class LiveList {
  readonly simSid: string;
  /** Path of the list. */
  readonly path: string;
  readonly #source: SessionSource;
  readonly #clock: () => number;
  #updated = Number.NEGATIVE_INFINITY;
  /** Number of the newest live session in the list. */
  #newest: number;

  /**
   * @param source - the first live session is that of its time
   * @param clock - milliseconds since 1970
   */
  constructor(source: SessionSource, clock: () => number) {
    this.simSid = source.simSid;
    this.path = collectionPath(simDataSessions.collection, source.simSid);
    this.#source = source;
    this.#clock = clock;
    this.#newest = liveSessionNumber(source.now) - 1;
  }

  /** Replaces the session that may have changed since the last update, and inserts those that have started. */
  update(list: RecordList): void {
    const now = Math.floor(this.#clock() / REPORT_MS) * REPORT_MS;
    // If the clock is set back, sessions must not shrink.
    if (now <= this.#updated) return;
    this.#updated = now;
    const changed = liveSession(this.#source, this.#newest, now);
    const index = list.records.findIndex(({ sid }) => sid === changed.sid);
    if (index !== -1) list.replace(index, changed);
    const newest = Math.max(liveSessionNumber(now), this.#newest);
    const started = Math.min(newest - this.#newest, MAX_SESSIONS);
    this.#newest = newest;
    list.insertAtHead(
      Array.from({ length: started }, (_, age) => liveSession(this.#source, newest - age, now)),
    );
    list.keepNewest(MAX_SESSIONS);
  }
}
