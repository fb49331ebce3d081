import type { Clock } from '../../util/clock.js';
import { UpstreamError, type UpstreamErrorCode } from '../errors.js';
import type { Effort } from '../resilience/attempt.js';
import { type Flight, InFlightRequests } from '../resilience/in-flight.js';
import type { RequestExecutor } from '../resilience/request-executor.js';
import type { ResponseSource, UpstreamLog, UpstreamObserver } from '../settings.js';
import type { RequestScope } from '../upstream.js';
import type { CachedValue, Decode, ResponseCache } from './response-cache.js';

/**
 * Errors for which a stale response is served. Rejected credentials are not among them, because revoked access must not
 * show data. A bad response is not either, because the upstream has responded and its data has changed.
 */
const STALE_IF_ERROR_CODES: ReadonlySet<UpstreamErrorCode> = new Set([
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_TIMEOUT',
  'RATE_LIMITED',
]);

export interface CachedFetcherParts<T, J> {
  readonly store: ResponseCache<T, J>;
  readonly exchange: RequestExecutor;
  readonly runtime: Clock;
  readonly log: UpstreamLog;
  readonly observer: UpstreamObserver;
  /** Name of the list or resource that is fetched. */
  readonly route: string;
  /** Retry policy. With `once` no stale response is served either, because other requests can replace this one. */
  readonly effort: Effort;
}

/** Fetches one kind of response: response cache -> single-flight -> request executor -> decoder. */
export class CachedFetcher<T, J> {
  readonly #parts: CachedFetcherParts<T, J>;
  readonly #inFlight: InFlightRequests<CachedValue<T>>;

  constructor(parts: CachedFetcherParts<T, J>) {
    this.#parts = parts;
    this.#inFlight = new InFlightRequests(parts.runtime);
  }

  /**
   * Returns the decoded response for a path, cached if it is fresh.
   *
   * @param path - path and query; the cache key
   * @param decode - decodes the response to records
   * @param mayRefuse - whether a 500 can be a rejection of this request, see `Weight`
   * @throws {UpstreamError} when the request fails and no stale response may be served
   */
  async get(path: string, scope: RequestScope, decode: Decode<T, J>, mayRefuse = false): Promise<T> {
    const { store, runtime, effort } = this.#parts;
    const { cost, signal } = scope;
    signal.throwIfAborted();
    const fresh = store.fresh(path, decode);
    if (fresh !== null) return this.#record(fresh, 'hit', scope);
    try {
      const { result, joined } = this.#inFlight.join(path, scope, (flight) =>
        this.#fetch(path, flight, scope, decode, mayRefuse),
      );
      return this.#record(await result, joined ? 'joined' : 'miss', scope);
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      // Also for operations that shared the request of another one.
      cost.failure = { ...error.facts, network: error.network };
      if (!STALE_IF_ERROR_CODES.has(error.code) || effort === 'once') throw error;
      const stale = store.stale(path, decode);
      if (stale === null) throw error;
      cost.staleMs = Math.max(cost.staleMs, runtime.now() - stale.sentAt);
      return this.#record(stale, 'stale', scope);
    }
  }

  /** Aborts requests in flight, and rejects these and all later requests with the error. */
  close(error: Error): void {
    this.#inFlight.close(error);
  }

  #record({ value, sentAt }: CachedValue<T>, source: ResponseSource, { cost }: RequestScope): T {
    const { observer, route } = this.#parts;
    if (source !== 'miss') cost.cacheHits += 1;
    cost.oldestSentAt = Math.min(cost.oldestSentAt, sentAt);
    observer.response(route, source);
    return value;
  }

  async #fetch(
    path: string,
    flight: Flight,
    { cost }: RequestScope,
    decode: Decode<T, J>,
    mayRefuse: boolean,
  ): Promise<CachedValue<T>> {
    const { store, exchange, log, route, effort } = this.#parts;
    try {
      const response = await exchange.get({
        path,
        read: store.read,
        flight,
        usage: cost,
        route,
        effort,
        mayRefuse,
      });
      const value = decode(response);
      store.put(path, response);
      return { value, sentAt: response.http.sentAt };
    } catch (error) {
      if (error instanceof UpstreamError && !flight.signal.aborted) {
        log.debug({ code: error.code, ...error.facts, network: error.network }, 'upstream request failed');
      }
      throw error;
    }
  }
}
