import { LRUCache } from 'lru-cache';

/** An answer, and how old it is. */
export interface CacheEntry<T> {
  readonly value: T;
  /** What it takes, near enough. */
  readonly bytes: number;
  /** When its request was sent: nothing newer than that is known of the upstream's state. */
  readonly sentAt: number;
}

export interface CacheSettings {
  /** Milliseconds for which an answer may be given again. */
  readonly ttlMs: number;
  /** Milliseconds for which an answer may be given instead of an error. */
  readonly staleIfErrorMs: number;
  readonly maxBytes: number;
}

/** What an entry takes beside its body: its key, its place in the cache. */
const ENTRY_BYTES = 500;

/** Answers of the upstream, the least recently used dropped first. */
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

  /** Whether there is any use in keeping something. */
  get enabled(): boolean {
    return this.#maxAge > 0;
  }

  /** The answer, if it is young enough to be given as one. */
  fresh(key: string): CacheEntry<T> | undefined {
    return this.#younger(key, this.#settings.ttlMs);
  }

  /** The answer, if it is young enough to be given instead of an error. */
  stale(key: string): CacheEntry<T> | undefined {
    return this.#younger(key, this.#settings.staleIfErrorMs);
  }

  put(key: string, kept: CacheEntry<T>): void {
    const present = this.#entries.peek(key);
    // Answers may overtake one another; the one that was asked for last counts.
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
