import type { SandboxCredentials } from './credentials.js';
import type { Faults } from './faults.js';
import type { LoggedRequest } from './request-log.js';
import type { WireRecord, WireSim } from './wire.js';

/** A running sandbox: where it is, what it was asked, what it holds, and the switches for what goes wrong. */
export interface Sandbox {
  /** Origin of the API, without a slash at the end. */
  readonly url: string;
  readonly credentials: SandboxCredentials;

  /** API requests in order of arrival since the log was cleared; of more than ten thousand only the later ones. */
  readonly requests: readonly LoggedRequest[];
  /** The same for requests to the token endpoint. */
  readonly tokenRequests: readonly LoggedRequest[];
  /** Empties both logs and sets `maxInFlight` back. */
  clearRequests(): void;
  /** Resolves once `count` API requests (1 by default) have arrived since the log was cleared. */
  requestStarted(count?: number): Promise<void>;
  /** Resolves once `count` of these have ended: answered, broken off, or given up by the client. */
  requestEnded(count?: number): Promise<void>;
  /** Resolves once `count` requests for a token have arrived. */
  tokenRequestStarted(count?: number): Promise<void>;
  /** API requests that are being answered at present; those refused by the concurrency limit do not count. */
  readonly inFlight: number;
  readonly maxInFlight: number;

  readonly faults: Pick<Faults, 'add' | 'clear'>;
  /** Page tokens given out so far are refused from now on. */
  expireTokens(): void;
  /** Bearer tokens given out so far are stale from now on. */
  revokeTokens(): void;

  /** SIM records in the order of the listing. */
  readonly sims: readonly WireSim[];
  readonly simSids: readonly string[];
  /** The SIM whose sessions have every oddity, where the account has more than one SIM. */
  readonly oddSimSid: string;
  /** The SIM whose sessions have none, where the account has more than two. */
  readonly cleanSimSid: string;
  /** The SIM whose sessions start, change and end in real time; `null` if there is none. */
  readonly liveSimSid: string | null;
  /**
   * Adds a SIM at the end of the listing.
   *
   * @param members - of the record, in place of the usual ones
   * @param sessions - newest first
   */
  addSim(members?: WireRecord, sessions?: readonly WireRecord[]): WireSim;
  /** Records of a SIM's sessions in upstream order. This and the next three throw a `RangeError` for an unknown SIM. */
  sessions(simSid: string): readonly WireRecord[];
  /**
   * New sessions arrive.
   *
   * @param records - the sessions, newest first, or how many to make
   * @returns the new records, newest first
   */
  insertAtHead(simSid: string, records: number | readonly WireRecord[]): readonly WireRecord[];
  /**
   * A session changes in its place.
   *
   * @param index - place in upstream order
   * @returns the record as it is now
   */
  updateSession(simSid: string, index: number, changes: WireRecord): WireRecord;
  /** Puts other sessions in the place of all. Page tokens keep their place, counted from the head. */
  setSessions(simSid: string, records: readonly WireRecord[]): void;

  /** Replaces the records at the path of a collection: `/v1/Sims/DE…/DataSessions`. */
  setRecords(path: string, records: readonly WireRecord[]): void;
  /** New records arrive at the head of a collection. */
  insertRecords(path: string, records: readonly WireRecord[]): void;

  /** Stops listening and drops every connection. */
  close(): Promise<void>;
}
