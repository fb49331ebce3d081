import DataLoader from 'dataloader';
import { UpstreamError } from '../upstream/errors.js';
import type { Sim } from '../upstream/records.js';
import type { RequestScope, SimListing, Upstream } from '../upstream/upstream.js';

/** More SIMs than this at once are worth one request that lists the account. */
const LIST_ABOVE = 10;

/** How long an account that does not fit into one page is not listed again, in milliseconds. */
const UNLISTABLE_FOR = 5 * 60_000;

/** What outlives an operation: whether listing the account's SIMs has turned out to be of use. */
export class AccountSize {
  #unlistableUntil = Number.NEGATIVE_INFINITY;

  get listable(): boolean {
    return performance.now() >= this.#unlistableUntil;
  }

  rememberUnlistable(): void {
    this.#unlistableUntil = performance.now() + UNLISTABLE_FOR;
  }
}

export type SimLoader = DataLoader<string, Sim | null>;

/** Loads SIMs within one operation: each once, and many of them with one request where the account is small. */
export function createSimLoader(upstream: Upstream, scope: RequestScope, account: AccountSize): SimLoader {
  return new DataLoader(async (sids) => {
    const listing =
      sids.length > LIST_ABOVE && account.listable ? await list(upstream, scope, account) : null;
    const listed = new Map(listing?.sims.map((sim) => [sim.sid, sim]));
    const sims = sids.map(async (sid) => {
      // What a complete list does not have, the upstream does not know.
      return listed.get(sid) ?? (listing?.complete ? null : upstream.sim(sid, scope));
    });
    return outcomesOf(sims);
  });
}

/** @returns `null` when single requests may fare better: the upstream is known to fail at its largest page. */
async function list(
  upstream: Upstream,
  scope: RequestScope,
  account: AccountSize,
): Promise<SimListing | null> {
  try {
    const listing = await upstream.sims(scope);
    if (!listing.complete) account.rememberUnlistable();
    return listing;
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    if (error.code !== 'UPSTREAM_BAD_RESPONSE' && error.facts.status !== 500) throw error;
    account.rememberUnlistable();
    return null;
  }
}

/** The outcomes of a batch in the form that dataloader takes: of each promise its value, or why there is none. */
async function outcomesOf<T>(promises: readonly Promise<T>[]): Promise<(T | Error)[]> {
  return (await Promise.allSettled(promises)).map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value : outcome.reason,
  );
}
