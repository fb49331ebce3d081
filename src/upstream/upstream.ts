import type { Page, PageRef } from '../pagination/page.js';
import type { AnyRecord, ListArguments, ListDeclaration, ResourceDeclaration } from '../resources/define.js';
import type { AbortSignalLike } from '../util/abort.js';

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

/** A list as one operation asks for it. */
export interface UpstreamList {
  readonly declaration: ListDeclaration;
  /** Empty for a list of `Query`. */
  readonly parentSid: string;
  /** Arguments that the upstream evaluates. */
  readonly args: ListArguments;
}

/** The first page of a resource's collection. */
export interface RecordListing {
  /** The records of the page, by SID. */
  readonly records: ReadonlyMap<string, AnyRecord>;
  /** Whether that page is the whole collection. */
  readonly complete: boolean;
}

/**
 * The wireless REST API as the loaders see it: decoded records, no URL, no wire name, no HTTP. Every method rejects with
 * an `UpstreamError`, or with `scope.signal.reason` once that is aborted.
 */
export interface Upstream {
  /** @returns `null` if the upstream has no record with that SID */
  record(resource: ResourceDeclaration, sid: string, scope: RequestScope): Promise<AnyRecord | null>;
  /** Lists up to 1,000 records of a resource with one request. */
  listing(resource: ResourceDeclaration, scope: RequestScope): Promise<RecordListing>;
  /** @returns `null` if the upstream does not know the list's parent */
  page(list: UpstreamList, ref: PageRef, scope: RequestScope): Promise<Page<AnyRecord> | null>;
  /** Whether requests are let through at present, and why not. */
  readiness(): { readonly ready: boolean; readonly reason?: string };
  /** Closes connections and timers; requests in flight are cancelled. */
  close(): Promise<void>;
}
