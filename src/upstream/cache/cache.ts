import { LRUCache } from 'lru-cache';

/** A cached response, and when it was requested. */
export interface CacheEntry<T> {
  readonly value: T;
  /** Approximate size in memory. */
  readonly bytes: number;
  /** When its request was sent. The response shows the upstream's state at that time at the latest. */
  readonly sentAt: number;
}

export interface CacheSettings {
  /** Maximum age of a fresh response, in milliseconds. */
  readonly ttlMs: number;
  /** Maximum age of a response that replaces an error, in milliseconds. */
  readonly staleIfErrorMs: number;
  readonly maxBytes: number;
}

/** Memory of an entry in addition to its body: its key and its place in the cache. */
const ENTRY_BYTES = 500;

/** Least recently used cache of responses with two age limits. */
export class Cache<T> {
  readonly #settings: CacheSettings;
  readonly #now: () => number;
  readonly #entries: LRUCache<string, CacheEntry<T>>;

  constructor(settings: CacheSettings, now: () => number) {
    this.#settings = settings;
    this.#now = now;
    // Its own `ttl` is one age limit for each entry, and lasts a millisecond longer: ages are compared here.
    this.#entries = new LRUCache({
      maxSize: settings.maxBytes,
      sizeCalculation: ({ bytes }) => Math.ceil(bytes) + ENTRY_BYTES,
    });
  }

  /** Whether anything is cached. */
  get enabled(): boolean {
    return this.#maxAge > 0;
  }

  /** Number of entries, and their approximate size. */
  get size(): { readonly entries: number; readonly bytes: number } {
    return { entries: this.#entries.size, bytes: this.#entries.calculatedSize };
  }

  /** The response, if it is fresh. @param maxAgeMs - maximum age besides `ttlMs` */
  fresh(key: string, maxAgeMs = Number.POSITIVE_INFINITY): CacheEntry<T> | undefined {
    return this.#younger(key, Math.min(this.#settings.ttlMs, maxAgeMs));
  }

  /** The response, if it may replace an error. */
  stale(key: string): CacheEntry<T> | undefined {
    return this.#younger(key, this.#settings.staleIfErrorMs);
  }

  put(key: string, kept: CacheEntry<T>): void {
    const present = this.#entries.peek(key);
    // Responses can arrive out of order: the one that was requested last is cached.
    if (present !== undefined && present.sentAt > kept.sentAt) return;
    if (this.#isYounger(kept, this.#maxAge)) this.#entries.set(key, kept);
    else this.#entries.delete(key);
    this.#dropExpired();
  }

  /** Drops what is too old for any use, the least recently used first, up to the first that is not. */
  #dropExpired(): void {
    for (const entry of this.#entries.rvalues()) {
      if (entry === undefined || this.#isYounger(entry, this.#maxAge)) return;
      this.#entries.pop();
    }
  }

  get #maxAge(): number {
    return Math.max(this.#settings.ttlMs, this.#settings.staleIfErrorMs);
  }

  #younger(key: string, maxAge: number): CacheEntry<T> | undefined {
    const kept = this.#entries.get(key);
    return kept !== undefined && this.#isYounger(kept, maxAge) ? kept : undefined;
  }

  #isYounger({ sentAt }: CacheEntry<T>, maxAge: number): boolean {
    return this.#now() - sentAt < maxAge;
  }
}
