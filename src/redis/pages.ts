import type { Flight } from '../upstream/resilience/flight.js';
import type { PageLease, SharedPages, SharedResponse } from '../upstream/shared/shared-state.js';
import { Claims, type FoundValue, Lease } from './claims.js';
import type { RedisParts } from './parts.js';
import { readResponse, writeResponse } from './response-format.js';
import type { Vault } from './vault.js';

/** Larger bodies are not shared: each would hold up the commands of all instances for milliseconds. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

export interface PageAges {
  /** Maximum age of a fresh response in milliseconds. */
  readonly cacheTtlMs: number;
  /** Maximum age of a response that replaces an error. */
  readonly staleIfErrorMs: number;
}

/** Responses of the upstream in Redis. */
export class RedisPages implements SharedPages {
  readonly #parts: RedisParts;
  readonly #claims: Claims;
  readonly #vault: Vault;
  readonly #account: string;
  readonly #ages: PageAges;
  /** How long Redis keeps a response, from when its request was sent. */
  readonly #keptMs: number;

  constructor(parts: RedisParts, vault: Vault, account: string, ages: PageAges) {
    this.#parts = parts;
    this.#claims = new Claims(parts, 'pages');
    this.#vault = vault;
    this.#account = account;
    this.#ages = ages;
    this.#keptMs = Math.max(ages.cacheTtlMs, ages.staleIfErrorMs);
  }

  async claim(
    path: string,
    { signal }: Flight,
    maxAgeMs = Number.POSITIVE_INFINITY,
  ): Promise<SharedResponse | PageLease | null> {
    const name = this.#nameOf(path);
    const minLifeMs = this.#keptMs - Math.min(this.#ages.cacheTtlMs, maxAgeMs) + 1;
    const claimed = await this.#claims.claim({ name, minLifeMs, signal });
    if (claimed === null) return null;
    return claimed instanceof Lease ? this.#leaseOf(claimed, name) : this.#open(name, claimed);
  }

  async stale(path: string): Promise<SharedResponse | null> {
    const name = this.#nameOf(path);
    const minLifeMs = this.#keptMs - this.#ages.staleIfErrorMs + 1;
    const found = await this.#claims.find({ name, minLifeMs });
    return found && this.#open(name, found);
  }

  #leaseOf(lease: Lease, name: string): PageLease {
    return {
      lease: true,
      share: (response) => {
        if (response.body.length > MAX_BODY_BYTES) lease.abandon();
        else {
          const age = this.#parts.clock.now() - response.sentAt;
          lease.share(this.#vault.seal(name, writeResponse(response)), this.#keptMs - age);
        }
      },
      abandon: () => lease.abandon(),
    };
  }

  #open(name: string, { value, lifeMs, askedAt }: FoundValue): SharedResponse | null {
    const opened = this.#vault.open(name, value);
    const response = opened && readResponse(opened);
    return response && { ...response, sentAt: askedAt - (this.#keptMs - lifeMs) };
  }

  /** Instances that keep responses for another time use other names, because ages are computed from the remaining life. */
  #nameOf(path: string): string {
    return this.#vault.name('page', this.#account, String(this.#keptMs), path);
  }
}
