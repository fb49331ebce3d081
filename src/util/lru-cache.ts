/** Keeps what was used last, for as long as there is room. */
export class LruCache<V> {
  /** In order of use, which is what a Map keeps. */
  readonly #entries = new Map<string, V>();
  readonly #room: number;
  readonly #charactersOf: (key: string, value: V) => number;
  #taken = 0;
  /** The key that was used last: it need not be moved. */
  #newest: string | null = null;

  /**
   * @param room - characters that all entries together may have: clients can send any number of long texts
   * @param charactersOf - what an entry takes of it
   */
  constructor(room: number, charactersOf: (key: string, value: V) => number) {
    this.#room = room;
    this.#charactersOf = charactersOf;
  }

  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined || key === this.#newest) return value;
    this.#newest = key;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    const characters = this.#charactersOf(key, value);
    if (characters > this.#room || this.#entries.has(key)) return;
    this.#entries.set(key, value);
    this.#newest = key;
    this.#taken += characters;
    for (const [oldest, dropped] of this.#entries) {
      if (this.#taken <= this.#room) return;
      this.#entries.delete(oldest);
      this.#taken -= this.#charactersOf(oldest, dropped);
    }
  }
}
