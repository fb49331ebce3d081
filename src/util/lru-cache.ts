/** What an entry takes beside its characters, in characters: without it, short texts could be any number. */
export const ENTRY_OVERHEAD = 200;

interface Entry<V> {
  readonly value: V;
  characters: number;
}

/** Least recently used cache that is limited in characters: clients can send any number of long texts. */
export class LruCache<V> {
  /** In order of use, which is what a Map keeps. */
  readonly #entries = new Map<string, Entry<V>>();
  readonly #room: number;
  readonly #charactersOf: (key: string, value: V) => number;
  #taken = 0;
  /** The key that was used last: it need not be moved. */
  #newest: string | null = null;

  /**
   * @param room - characters that all entries together may have, `ENTRY_OVERHEAD` for each included
   * @param charactersOf - characters that a new entry has
   */
  constructor(room: number, charactersOf: (key: string, value: V) => number) {
    this.#room = room;
    this.#charactersOf = charactersOf;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || key === this.#newest) return entry?.value;
    this.#newest = key;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: V): void {
    const characters = this.#charactersOf(key, value) + ENTRY_OVERHEAD;
    if (characters > this.#room || this.#entries.has(key)) return;
    this.#entries.set(key, { value, characters });
    this.#newest = key;
    this.#taken += characters;
    this.#makeRoom();
  }

  /** Counts an entry, if it is still there, for that many characters more. */
  grow(key: string, characters: number): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.characters += characters;
    this.#taken += characters;
    this.#makeRoom();
  }

  #makeRoom(): void {
    for (const [oldest, { characters }] of this.#entries) {
      if (this.#taken <= this.#room) return;
      this.#entries.delete(oldest);
      this.#taken -= characters;
    }
  }
}
