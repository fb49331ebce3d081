import type { Answer } from './answer.js';
import type { Cache, Kept } from './cache.js';
import { UpstreamError, type UpstreamErrorCode } from './errors.js';
import type { Exchange } from './exchange.js';
import { type Flight, Flights } from './flights.js';
import type { Runtime } from './runtime.js';
import type { UpstreamLog } from './settings.js';
import type { RequestScope } from './upstream.js';

/**
 * Errors for which an older answer is better than none. Not refused credentials: whoever is not let in must
 * not be shown what is inside. Not a bad response either: the upstream has answered, and has changed.
 */
const STALE_SERVES: ReadonlySet<UpstreamErrorCode> = new Set([
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_TIMEOUT',
  'RATE_LIMITED',
]);

export interface PipelineParts<T> {
  readonly cache: Cache<T>;
  readonly exchange: Exchange;
  readonly runtime: Runtime;
  readonly log: UpstreamLog;
}

/** The way to one kind of answer: cache -> flight -> exchange -> decode. */
export class Pipeline<T> {
  readonly #parts: PipelineParts<T>;
  readonly #flights: Flights<Kept<T>>;

  constructor(parts: PipelineParts<T>) {
    this.#parts = parts;
    this.#flights = new Flights(parts.runtime);
  }

  /**
   * @param path - path and query: what the answer is known by
   * @param decode - turns the answer into records
   */
  async get(path: string, scope: RequestScope, decode: (answer: Answer) => T): Promise<T> {
    const { cache } = this.#parts;
    scope.signal.throwIfAborted();
    const fresh = cache.fresh(path);
    if (fresh !== undefined) {
      scope.cost.cacheHits += 1;
      return used(fresh, scope);
    }
    try {
      const { value: kept, joined } = await this.#flights.join(path, scope, (flight) =>
        this.#fly(path, flight, scope, decode),
      );
      if (joined) scope.cost.cacheHits += 1;
      return used(kept, scope);
    } catch (error) {
      const stale = error instanceof UpstreamError && STALE_SERVES.has(error.code) && cache.stale(path);
      if (!stale) throw error;
      scope.cost.cacheHits += 1;
      scope.cost.staleMs = Math.max(scope.cost.staleMs, this.#parts.runtime.now() - stale.sentAt);
      return used(stale, scope);
    }
  }

  /** Cancels what is under way, and answers everyone with the error from now on. */
  close(error: Error): void {
    this.#flights.close(error);
  }

  async #fly(
    path: string,
    flight: Flight,
    { cost }: RequestScope,
    decode: (answer: Answer) => T,
  ): Promise<Kept<T>> {
    const { cache, exchange, log } = this.#parts;
    try {
      const answer = await exchange.get(path, flight, cost);
      const kept = { value: decode(answer), bytes: answer.bytes, sentAt: answer.sentAt };
      cache.put(path, kept);
      return kept;
    } catch (error) {
      if (error instanceof UpstreamError && !flight.signal.aborted) {
        log.debug({ code: error.code, ...error.facts }, 'upstream request failed');
      }
      throw error;
    }
  }
}

function used<T>({ value, sentAt }: Kept<T>, { cost }: RequestScope): T {
  cost.oldestSentAt = Math.min(cost.oldestSentAt, sentAt);
  return value;
}
