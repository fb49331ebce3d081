import type { ClassifyResponse, UpstreamResponse } from '../http/response.js';
import type { HttpResponse } from '../http/transport.js';
import type { BodyRef, BodyRingBuffer } from './body-ring-buffer.js';
import type { Cache, CacheEntry } from './cache.js';

/** What a decoded answer takes in memory, in sizes of its body. */
const DECODED_SIZE = 4;

/** Makes records of an answer. */
export type Decode<T, J> = (answer: UpstreamResponse<J>) => T;

/** An answer that can be used. */
export interface CachedValue<T> {
  readonly value: T;
  /** When its request was sent, on the runtime's clock. */
  readonly sentAt: number;
}

/** An answer as it came; its body is kept elsewhere. */
interface Raw extends Omit<HttpResponse, 'body'> {
  readonly place: BodyRef;
}

/**
 * Either as it came, or decoded. Most answers are never asked for again, and are not worth the thousands of small
 * objects that they are once decoded.
 */
export type Stored<T> = Raw | { readonly value: T };

export interface ResponseCacheParts<T, J> {
  readonly cache: Cache<Stored<T>>;
  readonly bodies: BodyRingBuffer;
  /** Reads what came over the wire. */
  readonly read: ClassifyResponse<J>;
}

/** Answers of the upstream that may be given again. */
export class ResponseCache<T, J> {
  /** Reads what came over the wire: what is kept is read in the same way as what has just come. */
  readonly read: ClassifyResponse<J>;
  readonly #parts: ResponseCacheParts<T, J>;

  constructor(parts: ResponseCacheParts<T, J>) {
    this.read = parts.read;
    this.#parts = parts;
  }

  /** The answer, if it is young enough to be given as one. */
  fresh(path: string, decode: Decode<T, J>): CachedValue<T> | null {
    return this.#usable(path, this.#parts.cache.fresh(path), decode);
  }

  /** The answer, if it is young enough to be given instead of an error. */
  stale(path: string, decode: Decode<T, J>): CachedValue<T> | null {
    return this.#usable(path, this.#parts.cache.stale(path), decode);
  }

  /** Keeps an answer that could be decoded. */
  put(path: string, { http: wire }: UpstreamResponse<J>): void {
    const { cache, bodies } = this.#parts;
    if (!cache.enabled) return;
    const { body, status, requestId, retryAfter, sentAt } = wire;
    const place = bodies.put(body);
    if (place === null) return;
    // Named one by one: to copy all but one takes as long as to copy the body.
    cache.put(path, { value: { status, requestId, retryAfter, sentAt, place }, bytes: body.length, sentAt });
  }

  /**
   * Keeps what has come as a part of another answer.
   *
   * @param size - of that part, in bytes
   */
  putDecoded(path: string, { value, sentAt }: CachedValue<T>, size: number): void {
    this.#parts.cache.put(path, { value: { value }, bytes: size * DECODED_SIZE, sentAt });
  }

  #usable(
    path: string,
    kept: CacheEntry<Stored<T>> | undefined,
    decode: Decode<T, J>,
  ): CachedValue<T> | null {
    if (kept === undefined) return null;
    const { value: stored, sentAt } = kept;
    if ('value' in stored) return { value: stored.value, sentAt };
    const body = this.#parts.bodies.read(stored.place);
    if (body === null) return null;
    const { status, requestId, retryAfter } = stored;
    const usable = {
      value: decode(this.read({ status, requestId, retryAfter, sentAt, body })),
      sentAt,
    };
    this.putDecoded(path, usable, body.length);
    return usable;
  }
}
