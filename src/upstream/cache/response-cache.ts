import type { ClassifyResponse, UpstreamResponse } from '../http/response.js';
import type { HttpResponse } from '../http/transport.js';
import type { BodyRef, BodyRingBuffer } from './body-ring-buffer.js';
import type { Cache, CacheEntry } from './cache.js';

/** Approximate memory of a decoded response, as a multiple of the size of its body. */
const DECODED_SIZE_FACTOR = 4;

/** Decodes a response to records. */
export type Decode<T, J> = (response: UpstreamResponse<J>) => T;

/** A decoded response. */
export interface CachedValue<T> {
  readonly value: T;
  /** When its request was sent, in the time of `Clock.now`. */
  readonly sentAt: number;
}

/** An encoded response, whose body is in the ring buffer. */
interface EncodedResponse extends Omit<HttpResponse, 'body'> {
  readonly bodyRef: BodyRef;
}

/**
 * Cache entry: encoded at first, decoded once it is used again. Most responses are never used again, and a decoded
 * response consists of thousands of small objects.
 */
export type Stored<T> = EncodedResponse | { readonly value: T };

export interface ResponseCacheParts<T, J> {
  readonly cache: Cache<Stored<T>>;
  readonly bodies: BodyRingBuffer;
  readonly read: ClassifyResponse<J>;
}

/** Cache of upstream responses. */
export class ResponseCache<T, J> {
  /** Classifies responses from the network and from the cache in the same way. */
  readonly read: ClassifyResponse<J>;
  readonly #parts: ResponseCacheParts<T, J>;

  constructor(parts: ResponseCacheParts<T, J>) {
    this.read = parts.read;
    this.#parts = parts;
  }

  get size(): Cache<Stored<T>>['size'] {
    return this.#parts.cache.size;
  }

  /** Returns the response if it is younger than `CACHE_TTL_MS`, and than `maxAgeMs`. */
  fresh(path: string, decode: Decode<T, J>, maxAgeMs?: number): CachedValue<T> | null {
    return this.#decoded(path, this.#parts.cache.fresh(path, maxAgeMs), decode);
  }

  /** Returns the response if it is younger than `STALE_IF_ERROR_MS`. */
  stale(path: string, decode: Decode<T, J>): CachedValue<T> | null {
    return this.#decoded(path, this.#parts.cache.stale(path), decode);
  }

  /** Stores a response after it has been decoded without an error. */
  put(path: string, { http }: UpstreamResponse<J>): void {
    const { cache, bodies } = this.#parts;
    if (!cache.enabled) return;
    const { body, status, requestId, retryAfter, sentAt } = http;
    const bodyRef = bodies.put(body);
    if (bodyRef === null) return;
    // Explicit properties, because object rest without `body` takes as long as copying the body.
    cache.put(path, {
      value: { status, requestId, retryAfter, sentAt, bodyRef },
      bytes: body.length,
      sentAt,
    });
  }

  /**
   * Stores a value that was decoded from a part of another response.
   *
   * @param size - encoded size of that part in bytes
   */
  putDecoded(path: string, { value, sentAt }: CachedValue<T>, size: number): void {
    this.#parts.cache.put(path, { value: { value }, bytes: size * DECODED_SIZE_FACTOR, sentAt });
  }

  #decoded(
    path: string,
    entry: CacheEntry<Stored<T>> | undefined,
    decode: Decode<T, J>,
  ): CachedValue<T> | null {
    if (entry === undefined) return null;
    const { value: stored, sentAt } = entry;
    if ('value' in stored) return { value: stored.value, sentAt };
    const body = this.#parts.bodies.read(stored.bodyRef);
    if (body === null) return null;
    const { status, requestId, retryAfter } = stored;
    const decoded = {
      value: decode(this.read({ status, requestId, retryAfter, sentAt, body })),
      sentAt,
    };
    this.putDecoded(path, decoded, body.length);
    return decoded;
  }
}
