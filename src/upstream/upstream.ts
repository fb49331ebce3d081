import type { Page, PageRef } from '../pagination/page.js';
import type { AnyRecord } from '../resources/any-record.js';
import type { ListArguments } from '../resources/arguments.js';
import type { ListDeclaration, Lookup, ResourceDeclaration } from '../resources/define.js';
import type { AbortSignalLike } from '../util/abort.js';
import type { Span } from '../util/span.js';
import type { UpstreamErrorDetails } from './errors.js';
import type { UpstreamState } from './resilience/health.js';

/** What one operation has cost so far: written by the upstream client, returned in `extensions.upstream`. */
export interface Cost {
  /** Requests sent for this operation, retries included. */
  requests: number;
  /** Of these, the repeated ones. */
  retries: number;
  /** Responses that needed no request of their own: from the cache, or from a request in flight for another operation. */
  cacheHits: number;
  /** Age in milliseconds of the oldest response that was served because the upstream failed; 0 if there was none. */
  staleMs: number;
  /** How long requests of this operation have waited for a permit of the concurrency limiter, in milliseconds. */
  waitMs: number;
  /** Why the last attempt of this operation failed; `null` if none did. For operators only. */
  failure: UpstreamFailure | null;
  /** When the request of the oldest response was sent, on the clock of `performance.now()`; `Infinity` without one. */
  oldestSentAt: number;
}

/** What an operator needs to know of a failed attempt. */
interface UpstreamFailure extends UpstreamErrorDetails {
  /** Why there is no response: `ECONNREFUSED`, `CERT_HAS_EXPIRED`, … */
  readonly network?: string | undefined;
}

/** The cost of an operation that has not begun. */
export function noCost(): Cost {
  return {
    requests: 0,
    retries: 0,
    cacheHits: 0,
    staleMs: 0,
    waitMs: 0,
    failure: null,
    oldestSentAt: Number.POSITIVE_INFINITY,
  };
}

/** The operation that requests belong to. */
export interface RequestScope {
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignalLike;
  /** When the operation has to be complete, on the client's clock, in milliseconds. */
  readonly deadline: number;
  readonly cost: Cost;
  /**
   * Whether no caller waits for the operation. Its requests get a permit of the concurrency limiter only while no other
   * request waits for one, and hold at most half of the permits.
   */
  readonly background?: boolean;
  /**
   * Maximum age of a fresh response from a cache, in milliseconds, besides `CACHE_TTL_MS`. A request in flight is joined
   * regardless, and a response that replaces an error can be older.
   */
  readonly maxAgeMs?: number;
  /** Span of what needs the requests; `undefined`: tracing is off. */
  readonly span?: Span | undefined;
}

/** A list of the upstream, with what the upstream evaluates. */
export interface UpstreamList {
  readonly declaration: ListDeclaration;
  /** Empty for a list of `Query`. */
  readonly parentSid: string;
  readonly args: ListArguments;
}

/** A page of a list. */
export interface FetchedPage extends Page<AnyRecord> {
  /** When it was requested, on the client's clock, in milliseconds. */
  readonly sentAt: number;
}

/** The first page of the collection of a resource. */
export interface RecordListing {
  /** Its records by SID. */
  readonly records: ReadonlyMap<string, AnyRecord>;
  /** Whether that page is the whole collection, and every record on it has a SID. */
  readonly complete: boolean;
}

/**
 * The wireless REST API as the loaders use it: declarations and SIDs in, records out; no URL, no wire name, no HTTP.
 * Every method rejects with an `UpstreamError`, or with `scope.signal.reason` once that is aborted.
 */
export interface Upstream {
  /** @returns `null` if the upstream has no record with that SID */
  record(resource: ResourceDeclaration, sid: string, scope: RequestScope): Promise<AnyRecord | null>;
  /**
   * Finds a record by another name than its SID.
   *
   * @param lookup - one of those that the resource declares
   * @returns `null` if the upstream has no record with exactly that name
   */
  lookup(
    resource: ResourceDeclaration,
    lookup: Lookup,
    name: string,
    scope: RequestScope,
  ): Promise<AnyRecord | null>;
  /**
   * Lists up to 1,000 records of a resource with one request. It is sent once: single requests can replace it, so it must
   * not delay them by retries, nor stop them by opening the circuit breaker.
   */
  listing(resource: ResourceDeclaration, scope: RequestScope): Promise<RecordListing>;
  /**
   * @returns `null` if the upstream does not know the parent, which only a page without a token can tell. An unknown page
   *   with a token, or of a list without a parent, is an UPSTREAM_BAD_RESPONSE
   */
  page(list: UpstreamList, ref: PageRef, scope: RequestScope): Promise<FetchedPage | null>;
  /** How the upstream treats this process at present. */
  state(): UpstreamState;
  /** Closes connections and timers; cancels requests in flight. */
  close(): Promise<void>;
}
