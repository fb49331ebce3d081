import DataLoader from 'dataloader';
import type { AnyRecord, ResourceDeclaration } from '../resources/define.js';
import { UpstreamError } from '../upstream/errors.js';
import type { RecordListing, RequestScope, Upstream } from '../upstream/upstream.js';

/** More records than this at once are worth one request that lists them. */
const BULK_THRESHOLD = 10;

/** How long a resource that does not fit into one page is not listed again, in milliseconds. */
const BULK_RETRY_AFTER_MS = 5 * 60_000;

/** Whether listing a resource can replace single requests. Outlives the operation. */
export class BulkListPolicy {
  #pausedUntil = Number.NEGATIVE_INFINITY;

  get canList(): boolean {
    return performance.now() >= this.#pausedUntil;
  }

  pauseListing(): void {
    this.#pausedUntil = performance.now() + BULK_RETRY_AFTER_MS;
  }
}

export type RecordLoader = DataLoader<string, AnyRecord | null>;

/** Loads records of one resource by SID within one operation: each once, and many with one listing if it is complete. */
export function createRecordLoader(
  resource: ResourceDeclaration,
  upstream: Upstream,
  scope: RequestScope,
  policy: BulkListPolicy,
): RecordLoader {
  const canBeListed = resource.single?.envelopeKey !== undefined;
  return new DataLoader(async (sids) => {
    const worthIt = canBeListed && sids.length > BULK_THRESHOLD && policy.canList;
    const listing = worthIt ? await list(resource, upstream, scope, policy) : null;
    // A record that a complete listing does not have is unknown to the upstream.
    const records = sids.map(
      async (sid) =>
        listing?.records.get(sid) ?? (listing?.complete ? null : upstream.record(resource, sid, scope)),
    );
    return settleAll(records);
  });
}

/** @returns `null` if single requests may succeed where the listing fails */
async function list(
  resource: ResourceDeclaration,
  upstream: Upstream,
  scope: RequestScope,
  policy: BulkListPolicy,
): Promise<RecordListing | null> {
  try {
    const listing = await upstream.listing(resource, scope);
    if (!listing.complete) policy.pauseListing();
    return listing;
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    if (error.code !== 'UPSTREAM_BAD_RESPONSE' && error.facts.status !== 500) throw error;
    policy.pauseListing();
    return null;
  }
}

/** The outcomes of a batch as dataloader takes them: the value of each promise, or its error. */
async function settleAll<T>(promises: readonly Promise<T>[]): Promise<(T | Error)[]> {
  return (await Promise.allSettled(promises)).map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value : outcome.reason,
  );
}
