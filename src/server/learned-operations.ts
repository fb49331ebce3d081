/**
 * Documents that clients have sent with their hash, for as long as there is room: those that were asked for
 * last are kept.
 */
export class LearnedOperations {
  readonly #documents = new Map<string, string>();
  readonly #room: number;
  #taken = 0;

  /** @param room - characters that all documents together may have */
  constructor(room: number) {
    this.#room = room;
  }

  get(hash: string): string | undefined {
    const document = this.#documents.get(hash);
    if (document !== undefined) {
      this.#documents.delete(hash);
      this.#documents.set(hash, document);
    }
    return document;
  }

  set(hash: string, document: string): void {
    if (document.length > this.#room || this.get(hash) !== undefined) return;
    this.#documents.set(hash, document);
    this.#taken += document.length;
    for (const [oldest, { length }] of this.#documents) {
      if (this.#taken <= this.#room) return;
      this.#documents.delete(oldest);
      this.#taken -= length;
    }
  }
}
