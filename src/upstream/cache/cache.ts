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

/** What an entry takes beside its body: its key, its place in the map. */
const ENTRY_BYTES = 500;

/** Answers of the upstream, the least recently used dropped first. */
export class Cache<T> {
  readonly #settings: CacheSettings;
  readonly #now: () => number;
  /** In order of use, which is what a Map keeps. */
  readonly #entries = new Map<string, CacheEntry<T>>();
  #bytes = 0;

  constructor(settings: CacheSettings, now: () => number) {
    this.#settings = settings;
    this.#now = now;
  }

  /** Whether there is any use in keeping something. */
  get enabled(): boolean {
    return this.#settings.ttlMs > 0 || this.#settings.staleIfErrorMs > 0;
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
    const present = this.#entries.get(key);
    // Answers may overtake one another; the one that was asked for last counts.
    if (present !== undefined && present.sentAt > kept.sentAt) return;
    this.#drop(key);
    if (!this.#alive(kept)) return;
    this.#entries.set(key, kept);
    this.#bytes += kept.bytes + ENTRY_BYTES;
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#settings.maxBytes && this.#alive(entry)) return;
      this.#drop(oldest);
    }
  }

  #younger(key: string, maxAge: number): CacheEntry<T> | undefined {
    const kept = this.#entries.get(key);
    if (kept === undefined || this.#age(kept) >= maxAge) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, kept);
    return kept;
  }

  #alive(kept: CacheEntry<T>): boolean {
    return this.#age(kept) < Math.max(this.#settings.ttlMs, this.#settings.staleIfErrorMs);
  }

  #age({ sentAt }: CacheEntry<T>): number {
    return this.#now() - sentAt;
  }

  #drop(key: string): void {
    const kept = this.#entries.get(key);
    if (kept === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= kept.bytes + ENTRY_BYTES;
  }
}
