import DataLoader from 'dataloader';
import type { AnyRecord } from '../resources/any-record.js';
import type { ResourceDeclaration } from '../resources/define.js';
import { UpstreamError } from '../upstream/errors.js';
import type { RequestScope, Upstream } from '../upstream/upstream.js';
import { deferredSpan } from '../util/span.js';

/** Share of the time left to an operation that its listing may take: single requests still have to fit in. */
const LISTING_SHARE = 0.5;

/** How long a resource that cannot be listed, or that does not fit into one page, is not listed again, in milliseconds. */
const PAUSE_MS = 5 * 60_000;
/** The same after a failure that may be short: a 429, a 5xx, a broken connection. */
const PAUSE_AFTER_OUTAGE_MS = 30_000;

/** Statuses that say nothing about the listing itself. */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);

/** Whether listing a resource can replace single requests at present. Outlives the operation. */
export class BulkListPolicy {
  #pausedUntil = Number.NEGATIVE_INFINITY;

  get canList(): boolean {
    return performance.now() >= this.#pausedUntil;
  }

  /** @param ms - how long the resource is not listed again, at least */
  pauseListing(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + ms);
  }
}

export type RecordLoader = DataLoader<string, AnyRecord | null>;

/**
 * Loads records of one resource by SID within one operation: each once, and many with one request if the collection is
 * small. A record that this request did not return is requested by itself, whatever the reason: the listing may be
 * rejected, may fail, and may lag behind a record that has just been added.
 */
export function createRecordLoader(
  resource: ResourceDeclaration,
  upstream: Upstream,
  scope: RequestScope,
  policy: BulkListPolicy,
): RecordLoader {
  const listAbove = resource.single?.listAbove ?? Number.POSITIVE_INFINITY;
  return new DataLoader(async (sids) => {
    const span = deferredSpan(scope.span, `load ${resource.name}`, {
      'gateway.resource': resource.name,
      'gateway.load.records': sids.length,
    });
    const within = span === undefined ? scope : { ...scope, span };
    const worthIt = sids.length > listAbove && policy.canList;
    try {
      const listed = worthIt ? await list(resource, upstream, within, policy) : null;
      return await settleAll(
        sids.map(async (sid) => listed?.get(sid) ?? upstream.record(resource, sid, within)),
      );
    } finally {
      span?.end();
    }
  });
}

/** @returns records by SID; none if they could not be listed */
async function list(
  resource: ResourceDeclaration,
  upstream: Upstream,
  scope: RequestScope,
  policy: BulkListPolicy,
): Promise<ReadonlyMap<string, AnyRecord>> {
  const now = performance.now();
  const deadline = Math.min(scope.deadline, now + (scope.deadline - now) * LISTING_SHARE);
  try {
    const { records, complete } = await upstream.listing(resource, { ...scope, deadline });
    if (!complete) policy.pauseListing(PAUSE_MS);
    return records;
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    policy.pauseListing(isTransient(error) ? PAUSE_AFTER_OUTAGE_MS : PAUSE_MS);
    return new Map();
  }
}

/** Timeouts are not transient: a listing that takes too long is likely to do so again, and each time costs as much. */
function isTransient({ code, facts: { status } }: UpstreamError): boolean {
  return status === undefined ? code !== 'UPSTREAM_TIMEOUT' : TRANSIENT_STATUSES.has(status);
}

/** The outcomes of a batch as dataloader takes them: the value of each promise, or its error. */
async function settleAll<T>(promises: readonly Promise<T>[]): Promise<(T | Error)[]> {
  return (await Promise.allSettled(promises)).map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value : outcome.reason,
  );
}
