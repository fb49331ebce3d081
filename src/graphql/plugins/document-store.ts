/**
 * Documents that clients have registered at any instance, by the SHA-256 hash of their text. Neither method throws because
 * the store cannot be reached.
 */
export interface DocumentStore {
  /** @returns `undefined` if there is no document, or the store cannot be reached */
  get(hash: string): Promise<string | undefined>;
  put(hash: string, document: string): void;
}
