import type { DocumentNode } from 'graphql';

/**
 * Parsed documents by their text, those that were used last. Bounded by characters, not by number: a parsed
 * document takes a hundred times the memory of its text, and clients can send any number of long ones.
 */
export class DocumentCache {
  readonly #documents = new Map<string, DocumentNode>();
  readonly #room: number;
  #taken = 0;

  /** @param room - characters that the texts of all documents together may have */
  constructor(room: number) {
    this.#room = room;
  }

  get(text: string): DocumentNode | undefined {
    const document = this.#documents.get(text);
    if (document === undefined) return undefined;
    this.#documents.delete(text);
    this.#documents.set(text, document);
    return document;
  }

  set(text: string, document: DocumentNode): void {
    if (text.length > this.#room || this.#documents.has(text)) return;
    this.#documents.set(text, document);
    this.#taken += text.length;
    for (const oldest of this.#documents.keys()) {
      if (this.#taken <= this.#room) return;
      this.#documents.delete(oldest);
      this.#taken -= oldest.length;
    }
  }
}

/** Mistakes are not remembered: they are found again soon enough, and there is no end of them. */
export const noCache = {
  get: () => undefined,
  set: () => undefined,
};
