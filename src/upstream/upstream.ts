import type { Page, PageRef } from '../pagination/page.js';
import type { DataSession, Sim } from '../resources/records.js';
import type { AbortSignalLike } from '../util/abort.js';
import type { UpstreamState } from './resilience/health.js';

/** What one operation has cost so far. Written by the upstream client, shown in `extensions.upstream`. */
export interface Cost {
  /** Requests sent for this operation, retries included. */
  requests: number;
  /** Of these, the repeated ones. */
  retries: number;
  /** Answers that needed no request of their own: from the cache, or from another operation's flight. */
  cacheHits: number;
  /** Age in milliseconds of the oldest answer served because the upstream failed; 0 when there was none. */
  staleMs: number;
  /** When the request of the oldest answer was sent, on the clock of `performance.now()`; `Infinity`: there is none. */
  oldestSentAt: number;
}

/** What an operation has cost before it begins. */
export function noCost(): Cost {
  return { requests: 0, retries: 0, cacheHits: 0, staleMs: 0, oldestSentAt: Number.POSITIVE_INFINITY };
}

/** On whose behalf the upstream is asked. */
export interface RequestScope {
  /** Aborts when the client has gone away. */
  readonly signal: AbortSignalLike;
  /** When the operation has to be answered, on the clock of `performance.now()`, in milliseconds. */
  readonly deadline: number;
  readonly cost: Cost;
}

/** The first page of the account's SIMs. */
export interface SimListing {
  readonly sims: readonly Sim[];
  /** Whether that page is the whole account. */
  readonly complete: boolean;
}

/**
 * The wireless REST API, as the loaders see it: typed records in, no URL, no wire name, no HTTP.
 * Every method rejects with an `UpstreamError`, or with `scope.signal.reason` once that is aborted.
 */
export interface Upstream {
  /** @returns the SIM, or `null` when the upstream knows none with that SID. */
  sim(sid: string, scope: RequestScope): Promise<Sim | null>;
  /**
   * Lists up to 1,000 SIMs of the account with one request, which is sent once: single requests can stand in for it,
   * so it must not delay them by retries, nor stop them by opening the circuit breaker.
   */
  sims(scope: RequestScope): Promise<SimListing>;
  /**
   * @returns the page; `null` when the upstream knows no such SIM, which only a page without a token can tell. An
   *   unknown page with a token is an UPSTREAM_BAD_RESPONSE
   */
  dataSessions(simSid: string, ref: PageRef, scope: RequestScope): Promise<Page<DataSession> | null>;
  /** How the upstream treats this process at present. */
  state(): UpstreamState;
  /** Ends connections and timers; requests under way are cancelled. */
  close(): Promise<void>;
}
