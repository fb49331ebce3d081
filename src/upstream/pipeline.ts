import type { Answer } from './answer.js';
import type { Cache, Kept } from './cache.js';
import { UpstreamError, type UpstreamErrorCode } from './errors.js';
import type { Exchange } from './exchange.js';
import { type Flight, Flights } from './flights.js';
import type { Runtime } from './runtime.js';
import type { UpstreamLog } from './settings.js';
import type { WireAnswer } from './transport.js';
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

/** What a decoded answer takes in memory, in sizes of its body. */
export const DECODED_SIZE = 4;

/**
 * An answer as it is kept: as the text that came, until somebody asks for it again. Most never are, and V8 would copy
 * thousands of small objects for each of them, and look at them at every full collection, where a text is one.
 */
export interface Stored<T> {
  /** `null`: it came as a part of another answer. */
  readonly wire: WireAnswer | null;
  readonly decoded: { readonly value: T } | null;
}

/** An answer that can be used. */
interface Usable<T> {
  readonly value: T;
  /** When its request was sent. */
  readonly sentAt: number;
}

type Decode<T> = (answer: Answer) => T;

export interface PipelineParts<T> {
  readonly cache: Cache<Stored<T>>;
  readonly exchange: Exchange;
  readonly runtime: Runtime;
  readonly log: UpstreamLog;
}

/** The way to one kind of answer: cache -> flight -> exchange -> decode. */
export class Pipeline<T> {
  readonly #parts: PipelineParts<T>;
  readonly #flights: Flights<Usable<T>>;

  constructor(parts: PipelineParts<T>) {
    this.#parts = parts;
    this.#flights = new Flights(parts.runtime);
  }

  /**
   * @param path - path and query: what the answer is known by
   * @param decode - turns the answer into records
   */
  async get(path: string, scope: RequestScope, decode: Decode<T>): Promise<T> {
    const { cache } = this.#parts;
    scope.signal.throwIfAborted();
    const fresh = cache.fresh(path);
    if (fresh !== undefined) {
      scope.cost.cacheHits += 1;
      return used({ value: this.#again(path, fresh, decode), sentAt: fresh.sentAt }, scope);
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
      return used({ value: this.#again(path, stale, decode), sentAt: stale.sentAt }, scope);
    }
  }

  /** Cancels what is under way, and answers everyone with the error from now on. */
  close(error: Error): void {
    this.#flights.close(error);
  }

  /** What is asked for a second time is kept decoded. */
  #again(path: string, { value: stored, sentAt }: Kept<Stored<T>>, decode: Decode<T>): T {
    const { wire, decoded } = stored;
    if (decoded !== null) return decoded.value;
    if (wire === null) throw new TypeError('nothing is kept');
    const value = decode(this.#parts.exchange.read(wire));
    const bytes = wire.body.length * (1 + DECODED_SIZE);
    this.#parts.cache.put(path, { value: { wire, decoded: { value } }, bytes, sentAt });
    return value;
  }

  async #fly(path: string, flight: Flight, { cost }: RequestScope, decode: Decode<T>): Promise<Usable<T>> {
    const { cache, exchange, log } = this.#parts;
    try {
      const answer = await exchange.get(path, flight, cost);
      const value = decode(answer);
      const { wire } = answer;
      cache.put(path, { value: { wire, decoded: null }, bytes: wire.body.length, sentAt: wire.sentAt });
      return { value, sentAt: wire.sentAt };
    } catch (error) {
      if (error instanceof UpstreamError && !flight.signal.aborted) {
        log.debug({ code: error.code, ...error.facts }, 'upstream request failed');
      }
      throw error;
    }
  }
}

function used<T>({ value, sentAt }: Usable<T>, { cost }: RequestScope): T {
  cost.oldestSentAt = Math.min(cost.oldestSentAt, sentAt);
  return value;
}
