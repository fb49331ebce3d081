import type { Token } from '../upstream/auth/token.js';
import type { SharedTokens, TokenLease } from '../upstream/shared/shared-state.js';
import type { AbortSignalLike } from '../util/abort.js';
import { Claims, type FoundValue, Lease } from './claims.js';
import type { RedisParts } from './parts.js';
import type { Vault } from './vault.js';

/** Remaining life of a token that is worth taking over, in milliseconds. */
const MIN_LIFE_MS = 1000;

/**
 * Access tokens in Redis. A value is the version of the token, which is a digest, and the sealed token: a script can tell
 * tokens apart, but not read them.
 */
export class RedisTokens implements SharedTokens {
  readonly #parts: RedisParts;
  readonly #claims: Claims;
  readonly #vault: Vault;
  readonly #name: string;

  constructor(parts: RedisParts, vault: Vault, account: string) {
    this.#parts = parts;
    this.#claims = new Claims(parts, 'tokens');
    this.#vault = vault;
    this.#name = vault.name('token', account);
  }

  async claim(known: string | null, signal: AbortSignalLike): Promise<Token | TokenLease | null> {
    const claimed = await this.#claims.claim({
      name: this.#name,
      minLifeMs: MIN_LIFE_MS,
      notVersion: known === null ? '' : this.#versionOf(known),
      signal,
    });
    if (claimed === null) return null;
    return claimed instanceof Lease ? this.#leaseOf(claimed) : this.#open(claimed);
  }

  reject(header: string): void {
    const { availability, redis } = this.#parts;
    void availability.write('tokens', () => redis.removeVersion(this.#name, this.#versionOf(header)));
  }

  #leaseOf(lease: Lease): TokenLease {
    return {
      lease: true,
      share: ({ header, lifeMs, sentAt }) => {
        const sealed = this.#vault.seal(this.#name, Buffer.from(JSON.stringify({ header, lifeMs })));
        const value = Buffer.concat([Buffer.from(this.#versionOf(header)), sealed]);
        lease.share(value, sentAt + lifeMs - this.#parts.clock.now());
      },
      abandon: () => lease.abandon(),
    };
  }

  #open({ value, lifeMs: left, askedAt }: FoundValue): Token | null {
    const opened = this.#vault.open(this.#name, value.subarray(this.#versionOf('').length));
    if (opened === null) return null;
    const { header, lifeMs } = JSON.parse(opened.toString()) as Pick<Token, 'header' | 'lifeMs'>;
    return { header, lifeMs, sentAt: askedAt + left - lifeMs };
  }

  #versionOf(header: string): string {
    return this.#vault.name('token-version', header);
  }
}
