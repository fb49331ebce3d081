import type { Clock } from '../../util/clock.js';
import { UpstreamError, type UpstreamErrorCode } from '../errors.js';
import { type Flight, InFlightRequests } from '../resilience/in-flight.js';
import type { RequestExecutor } from '../resilience/request-executor.js';
import type { UpstreamLog } from '../settings.js';
import type { RequestScope } from '../upstream.js';
import type { CachedValue, Decode, ResponseCache } from './response-cache.js';

/**
 * Errors for which an older answer is better than none. Not refused credentials: whoever is not let in must
 * not be shown what is inside. Not a bad response either: the upstream has answered, and has changed.
 */
const STALE_SERVES: ReadonlySet<UpstreamErrorCode> = new Set([
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_TIMEOUT',
  'RATE_LIMITED',
]);

export interface CachedFetcherParts<T, J> {
  readonly store: ResponseCache<T, J>;
  readonly exchange: RequestExecutor;
  readonly runtime: Clock;
  readonly log: UpstreamLog;
}

/** The way to one kind of answer: store -> flight -> exchange -> decode. */
export class CachedFetcher<T, J> {
  readonly #parts: CachedFetcherParts<T, J>;
  readonly #inFlight: InFlightRequests<CachedValue<T>>;

  constructor(parts: CachedFetcherParts<T, J>) {
    this.#parts = parts;
    this.#inFlight = new InFlightRequests(parts.runtime);
  }

  /**
   * @param path - path and query: what the answer is known by
   * @param decode - turns the answer into records
   */
  async get(path: string, scope: RequestScope, decode: Decode<T, J>): Promise<T> {
    const { store, runtime } = this.#parts;
    const { cost, signal } = scope;
    signal.throwIfAborted();
    const fresh = store.fresh(path, decode);
    if (fresh !== null) return recordUsage(fresh, true, scope);
    try {
      const { arrival, joined } = this.#inFlight.join(path, scope, (flight) =>
        this.#fetch(path, flight, scope, decode),
      );
      return recordUsage(await arrival, joined, scope);
    } catch (error) {
      if (!(error instanceof UpstreamError) || !STALE_SERVES.has(error.code)) throw error;
      const stale = store.stale(path, decode);
      if (stale === null) throw error;
      cost.staleMs = Math.max(cost.staleMs, runtime.now() - stale.sentAt);
      return recordUsage(stale, true, scope);
    }
  }

  /** Cancels what is under way, and answers everyone with the error from now on. */
  close(error: Error): void {
    this.#inFlight.close(error);
  }

  async #fetch(
    path: string,
    flight: Flight,
    { cost }: RequestScope,
    decode: Decode<T, J>,
  ): Promise<CachedValue<T>> {
    const { store, exchange, log } = this.#parts;
    try {
      const answer = await exchange.get(path, store.read, flight, cost);
      const value = decode(answer);
      store.put(path, answer);
      return { value, sentAt: answer.http.sentAt };
    } catch (error) {
      if (error instanceof UpstreamError && !flight.signal.aborted) {
        log.debug({ code: error.code, ...error.facts }, 'upstream request failed');
      }
      throw error;
    }
  }
}

/** @param isHit - whether it needed no request of its own */
function recordUsage<T>({ value, sentAt }: CachedValue<T>, isHit: boolean, { cost }: RequestScope): T {
  if (isHit) cost.cacheHits += 1;
  cost.oldestSentAt = Math.min(cost.oldestSentAt, sentAt);
  return value;
}
