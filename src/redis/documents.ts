import type { DocumentStore } from '../graphql/plugins/document-store.js';
import type { RedisParts } from './parts.js';
import type { Vault } from './vault.js';

/** How long a document is kept after it was registered last. A client that comes later registers it again. */
const LIFE_MS = 24 * 60 * 60_000;
/** Longer documents are not shared: clients can register any number. */
const MAX_CHARACTERS = 64 * 1024;

/** Documents of automatic persisted queries in Redis. */
export class RedisDocuments implements DocumentStore {
  readonly #parts: RedisParts;
  readonly #vault: Vault;

  constructor(parts: RedisParts, vault: Vault) {
    this.#parts = parts;
    this.#vault = vault;
  }

  async get(hash: string): Promise<string | undefined> {
    const { availability, redis } = this.#parts;
    const name = this.#vault.name('document', hash);
    const sealed = await availability.read('documents', () => redis.getBuffer(name));
    return (sealed && this.#vault.open(name, sealed)?.toString()) ?? undefined;
  }

  put(hash: string, document: string): void {
    if (document.length > MAX_CHARACTERS) return;
    const { availability, redis } = this.#parts;
    const name = this.#vault.name('document', hash);
    const sealed = this.#vault.seal(name, Buffer.from(document));
    void availability.write('documents', () => redis.set(name, sealed, 'PX', LIFE_MS));
  }
}
