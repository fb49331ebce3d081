import type { Clock } from '../../util/clock.js';
import type { Span } from '../../util/span.js';
import { UpstreamError, type UpstreamErrorCode } from '../errors.js';
import type { Effort } from '../resilience/attempt.js';
import type { Flight } from '../resilience/flight.js';
import { InFlightRequests } from '../resilience/in-flight.js';
import type { RequestExecutor } from '../resilience/request-executor.js';
import { codeIn } from '../resilience/request-spans.js';
import type { ResponseSource, UpstreamLog, UpstreamObserver } from '../settings.js';
import type { SharedPages, SharedResponse } from '../shared/shared-state.js';
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
  /** Responses of other instances; `null`: none are shared. */
  readonly shared: SharedPages | null;
  readonly runtime: Clock;
  readonly log: UpstreamLog;
  readonly observer: UpstreamObserver;
  /** Name of the list or resource that is fetched. */
  readonly route: string;
  /** Retry policy. With `once` no stale response is served either, because other requests can replace this one. */
  readonly effort: Effort;
  /** Path with placeholders for SIDs, for spans: `/v1/Sims/{Sid}`. */
  readonly template: string;
}

/** What is requested. */
interface Target {
  readonly path: string;
  readonly template: string;
  /** `undefined`: tracing is off. */
  readonly span: Span | undefined;
}

/** A decoded response of a request, or of another instance. */
interface Fetched<T> extends CachedValue<T> {
  /** Whether another instance has requested it. */
  readonly isShared: boolean;
}

/**
 * Fetches one kind of response: response cache -> single-flight -> responses of other instances -> request executor ->
 * decoder.
 */
export class CachedFetcher<T, J> {
  readonly #parts: CachedFetcherParts<T, J>;
  readonly #inFlight: InFlightRequests<Fetched<T>>;

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
   * @param template - as `CachedFetcherParts.template`, for a path that differs from it
   * @throws {UpstreamError} when the request fails and no stale response may be served
   */
  async get(
    path: string,
    scope: RequestScope,
    decode: Decode<T, J>,
    mayRefuse = false,
    template = this.#parts.template,
  ): Promise<T> {
    const { store, runtime, effort } = this.#parts;
    const { cost, signal } = scope;
    signal.throwIfAborted();
    const fresh = store.fresh(path, decode, scope.maxAgeMs);
    if (fresh !== null) return this.#record(fresh, 'hit', scope);
    // A response in the cache has no span: it takes no time.
    const span = scope.span?.child(`fetch ${template}`, { 'url.template': template });
    try {
      const { result, joined } = this.#inFlight.join(path, scope, (flight) =>
        this.#fetch({ path, template, span }, flight, scope, decode, mayRefuse),
      );
      const fetched = await result;
      const source = joined ? 'joined' : fetched.isShared ? 'shared' : 'miss';
      span?.set({ 'gateway.cache.result': source });
      return this.#record(fetched, source, scope);
    } catch (error) {
      span?.fail(codeIn(scope)(error));
      if (!(error instanceof UpstreamError)) throw error;
      // Also for operations that shared the request of another one.
      cost.failure = { ...error.facts, network: error.network };
      if (!STALE_IF_ERROR_CODES.has(error.code) || effort === 'once') throw error;
      const stale = store.stale(path, decode) ?? (await this.#sharedStale(path, decode));
      if (stale === null) throw error;
      span?.set({ 'gateway.cache.result': 'stale' });
      cost.staleMs = Math.max(cost.staleMs, runtime.now() - stale.sentAt);
      return this.#record(stale, 'stale', scope);
    } finally {
      span?.end();
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

  /** Uses the response of another instance, or requests it, for all instances if it is the first one. */
  async #fetch(
    target: Target,
    flight: Flight,
    scope: RequestScope,
    decode: Decode<T, J>,
    mayRefuse: boolean,
  ): Promise<Fetched<T>> {
    const { shared } = this.#parts;
    if (shared === null) return this.#request(target, flight, scope, decode, mayRefuse);
    const claimed = await shared.claim(target.path, flight, scope.maxAgeMs);
    if (claimed === null) return this.#request(target, flight, scope, decode, mayRefuse);
    if ('lease' in claimed) {
      try {
        return await this.#request(target, flight, scope, decode, mayRefuse, claimed.share);
      } finally {
        // Has no effect after the response was shared.
        claimed.abandon();
      }
    }
    return { ...this.#decodeShared(target.path, claimed, decode), isShared: true };
  }

  /** @param share - shares the response */
  async #request(
    target: Target,
    flight: Flight,
    { cost }: RequestScope,
    decode: Decode<T, J>,
    mayRefuse: boolean,
    share?: (response: SharedResponse) => void,
  ): Promise<Fetched<T>> {
    const { store, exchange, log, route, effort } = this.#parts;
    try {
      const response = await exchange.get({
        path: target.path,
        read: store.read,
        flight,
        usage: cost,
        route,
        effort,
        mayRefuse,
        span: target.span,
        template: target.template,
      });
      const value = decode(response);
      store.put(target.path, response);
      share?.(response.http);
      return { value, sentAt: response.http.sentAt, isShared: false };
    } catch (error) {
      if (error instanceof UpstreamError && !flight.signal.aborted) {
        log.debug({ code: error.code, ...error.facts, network: error.network }, 'upstream request failed');
      }
      throw error;
    }
  }

  async #sharedStale(path: string, decode: Decode<T, J>): Promise<CachedValue<T> | null> {
    const found = await this.#parts.shared?.stale(path);
    return found ? this.#decodeShared(path, found, decode) : null;
  }

  /** Decodes a response of another instance, which has decoded it without an error, and stores it as its own. */
  #decodeShared(path: string, shared: SharedResponse, decode: Decode<T, J>): CachedValue<T> {
    const { store } = this.#parts;
    const response = store.read({ ...shared, retryAfter: undefined });
    const value = decode(response);
    store.put(path, response);
    return { value, sentAt: shared.sentAt };
  }
}
