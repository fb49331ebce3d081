import DataLoader from 'dataloader';
import type { Sim } from '../resources/records.js';
import { UpstreamError } from '../upstream/errors.js';
import type { RequestScope, Upstream } from '../upstream/upstream.js';

/** More SIMs than this at once are worth one request that lists the account. */
const BULK_THRESHOLD = 10;

/** Share of the time left to an operation that its listing may take: single requests still have to fit in. */
const LISTING_SHARE = 0.5;

/** How long an account is not listed again that cannot be, or that does not fit into one page, in milliseconds. */
const UNLISTABLE_FOR = 5 * 60_000;
/** The same after a failure that may be over soon: a 429, a 5xx, a broken connection. */
const UNLISTABLE_AFTER_OUTAGE = 30_000;

/** Statuses that say nothing about the listing itself. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);

/** What outlives an operation: whether listing the account's SIMs makes sense at present. */
export class BulkListPolicy {
  #unlistableUntil = Number.NEGATIVE_INFINITY;

  get canList(): boolean {
    return performance.now() >= this.#unlistableUntil;
  }

  /** @param ms - for how long it is not listed again, at least */
  pauseListing(ms: number): void {
    this.#unlistableUntil = Math.max(this.#unlistableUntil, performance.now() + ms);
  }
}

export type SimLoader = DataLoader<string, Sim | null>;

/**
 * Loads SIMs within one operation: each once, and many of them with one request where the account is small. A SIM that
 * this request did not bring, for whatever reason, is asked for by itself: the list may be refused, may fail, and may
 * lag behind a SIM that has just been added.
 */
export function createSimLoader(upstream: Upstream, scope: RequestScope, account: BulkListPolicy): SimLoader {
  return new DataLoader(async (sids) => {
    const listed =
      sids.length > BULK_THRESHOLD && account.canList ? await list(upstream, scope, account) : null;
    return settleAll(sids.map(async (sid) => listed?.get(sid) ?? upstream.sim(sid, scope)));
  });
}

/** @returns SIMs of the account by SID; none when they could not be listed */
async function list(
  upstream: Upstream,
  scope: RequestScope,
  account: BulkListPolicy,
): Promise<ReadonlyMap<string, Sim>> {
  const now = performance.now();
  const deadline = Math.min(scope.deadline, now + (scope.deadline - now) * LISTING_SHARE);
  try {
    const { sims, complete } = await upstream.sims({ ...scope, deadline });
    if (!complete) account.pauseListing(UNLISTABLE_FOR);
    return new Map(sims.map((sim) => [sim.sid, sim]));
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    account.pauseListing(isPassing(error) ? UNLISTABLE_AFTER_OUTAGE : UNLISTABLE_FOR);
    return new Map();
  }
}

/** Timeouts are not among them: a list that takes too long is likely to do so again, and each time costs as much. */
function isPassing({ code, facts: { status } }: UpstreamError): boolean {
  return status === undefined ? code !== 'UPSTREAM_TIMEOUT' : PASSING_STATUSES.has(status);
}

/** The outcomes of a batch as dataloader takes them: the value of each promise, or its error. */
async function settleAll<T>(promises: readonly Promise<T>[]): Promise<(T | Error)[]> {
  return (await Promise.allSettled(promises)).map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value : outcome.reason,
  );
}
