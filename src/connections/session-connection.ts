import { createHash } from 'node:crypto';
import { QUOTE } from '../fast-path/json/ascii.js';
import type { JsonWriter } from '../fast-path/json/json-writer.js';
import type { CursorCodec } from '../pagination/cursor/codec.js';
import type { PositionedRecord } from '../pagination/walk/loaded-page.js';
import type { Window } from '../pagination/walk/window.js';
import type { DataSession, Instant, Member } from '../resources/records.js';
import { sessionIdentity } from './session-identity.js';

/**
 * A window of one SIM's data sessions, in the shape of a Relay connection. Edges and cursors are made when they
 * are asked for: most operations want the cursor of the last edge alone.
 */
export class SessionConnection {
  readonly simSid: string;
  readonly cursors: CursorCodec;
  readonly #window: Window<DataSession>;
  #edges: readonly SessionEdge[] | undefined;

  constructor(simSid: string, window: Window<DataSession>, cursors: CursorCodec) {
    this.simSid = simSid;
    this.cursors = cursors;
    this.#window = window;
  }

  get edges(): readonly SessionEdge[] {
    this.#edges ??= this.#window.records.map((entry) => new SessionEdge(this, entry));
    return this.#edges;
  }

  get pageInfo(): SessionPageInfo {
    return new SessionPageInfo(this.#window, this.cursors);
  }
}

/**
 * A session at its place in the list. It is its own node: what a session is called depends on where it stands.
 *
 * What of it is shown as it is, it has under the same name, so that nothing has to stand between.
 */
export class SessionEdge implements Omit<DataSession, 'cellId' | 'cellLocationEstimate' | 'imei'> {
  readonly session: DataSession;
  readonly #connection: SessionConnection;
  readonly #positioned: PositionedRecord<DataSession>;

  constructor(connection: SessionConnection, entry: PositionedRecord<DataSession>) {
    this.session = entry.record;
    this.#connection = connection;
    this.#positioned = entry;
  }

  get cursor(): string {
    return this.#connection.cursors.ofRecord(this.#positioned);
  }

  /** Writes the cursor in JSON. */
  writeCursor(out: JsonWriter): void {
    out.byte(QUOTE);
    this.#connection.cursors.writeRecord(this.#positioned, out);
    out.byte(QUOTE);
  }

  get node(): this {
    return this;
  }

  /**
   * Names the session among all sessions, the same in every answer: its SID, or, where the upstream gives
   * none, its SIM and a digest of what cannot change about it. Those that agree even in that are numbered.
   */
  get key(): string {
    const { sid } = this.session;
    if (typeof sid === 'string') return sid;
    const digest = createHash('sha256')
      .update(sessionIdentity(this.session))
      .digest('base64url')
      .slice(0, 22);
    const number = this.#positioned.page.duplicateIndex(this.#positioned.index);
    return `${this.#connection.simSid}.${digest}${number === 0 ? '' : `.${number}`}`;
  }

  get sid(): Member<string> {
    return this.session.sid;
  }

  get simSid(): Member<string> {
    return this.session.simSid;
  }

  get accountSid(): Member<string> {
    return this.session.accountSid;
  }

  get radioLink(): Member<string> {
    return this.session.radioLink;
  }

  get operatorMcc(): Member<string> {
    return this.session.operatorMcc;
  }

  get operatorMnc(): Member<string> {
    return this.session.operatorMnc;
  }

  get operatorCountry(): Member<string> {
    return this.session.operatorCountry;
  }

  get operatorName(): Member<string> {
    return this.session.operatorName;
  }

  get packetsUploaded(): Member<number> {
    return this.session.packetsUploaded;
  }

  get packetsDownloaded(): Member<number> {
    return this.session.packetsDownloaded;
  }

  get lastUpdated(): Member<Instant> {
    return this.session.lastUpdated;
  }

  get start(): Member<Instant> {
    return this.session.start;
  }

  get end(): Member<Instant> {
    return this.session.end;
  }
}

/** Relay's `PageInfo` of a window. */
export class SessionPageInfo {
  readonly #window: Window<DataSession>;
  readonly #cursors: CursorCodec;

  constructor(window: Window<DataSession>, cursors: CursorCodec) {
    this.#window = window;
    this.#cursors = cursors;
  }

  get hasNextPage(): boolean {
    return this.#window.hasNextPage;
  }

  get hasPreviousPage(): boolean {
    return this.#window.hasPreviousPage;
  }

  get startCursor(): string | null {
    const first = this.#window.records[0];
    return first === undefined ? null : this.#cursors.ofRecord(first);
  }

  get endCursor(): string | null {
    const { records: entries, continuation: resume } = this.#window;
    const last = entries.at(-1);
    if (last !== undefined) return this.#cursors.ofRecord(last);
    return resume === null ? null : this.#cursors.ofPosition(resume);
  }
}
