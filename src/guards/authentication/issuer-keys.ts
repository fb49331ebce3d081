import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose';
import type { Logger } from 'pino';

/** Age at which keys are fetched again, in milliseconds. */
const REFRESH_MS = 10 * 60_000;
/** Age up to which keys are used while newer ones cannot be fetched, in milliseconds. */
const MAX_AGE_MS = 24 * 60 * 60_000;
/** Shortest time between two fetches while keys are held, in milliseconds: a made-up `kid` must not cause more. */
const COOLDOWN_MS = 30_000;
/** Limit of one fetch, in milliseconds. */
const FETCH_TIMEOUT_MS = 5000;

/**
 * The published keys of a token issuer (JWKS), fetched when they are needed and kept.
 *
 * When the issuer cannot be reached, the keys that were fetched last are used for up to a day: tokens that were signed
 * before an outage stay valid during it. Ages are measured on the wall clock, which a suspended machine advances.
 */
export class IssuerKeys {
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;
  readonly #log: Pick<Logger, 'warn' | 'info'>;
  #fetchedAt: number | null = null;
  #triedAt = 0;
  #fetching: Promise<void> | null = null;
  /** Whether the last fetch failed. */
  #failing = false;

  constructor(url: string, log: Pick<Logger, 'warn' | 'info'>) {
    // When to fetch is decided here; the set itself would refuse every token once a fetch has failed.
    this.#keys = createRemoteJWKSet(new URL(url), {
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: Number.POSITIVE_INFINITY,
      timeoutDuration: FETCH_TIMEOUT_MS,
    });
    this.#log = log;
  }

  /**
   * The keys to verify a token with.
   *
   * @throws when none could be fetched, or none for a day
   */
  async current(): Promise<JWTVerifyGetKey> {
    const age = this.#age();
    if (age > MAX_AGE_MS) {
      await this.#fetch();
    } else if (age > REFRESH_MS && this.#mayFetch()) {
      const fetched = this.#fetch().catch(() => undefined);
      // While the issuer fails, requests do not wait for it.
      if (!this.#failing) await fetched;
    }
    return this.#keys;
  }

  /**
   * The keys after another fetch, for a token that none of the held keys has signed.
   *
   * @returns `null` when the held ones were fetched only just now
   * @throws when the issuer cannot be reached, so that nothing can be said about the token
   */
  async newer(): Promise<JWTVerifyGetKey | null> {
    if (this.#fetching !== null || this.#mayFetch()) await this.#fetch();
    else if (this.#failing) throw new Error('the keys cannot be fetched');
    else return null;
    return this.#keys;
  }

  #age(): number {
    return this.#fetchedAt === null ? Number.POSITIVE_INFINITY : Date.now() - this.#fetchedAt;
  }

  #mayFetch(): boolean {
    // A wall clock that was set back must not end the fetches.
    return Math.abs(Date.now() - this.#triedAt) >= COOLDOWN_MS;
  }

  #fetch(): Promise<void> {
    this.#fetching ??= this.#reload().finally(() => {
      this.#fetching = null;
    });
    return this.#fetching;
  }

  async #reload(): Promise<void> {
    this.#triedAt = Date.now();
    try {
      await this.#keys.reload();
      this.#fetchedAt = Date.now();
      if (this.#failing) this.#log.info("the issuer's keys could be fetched again");
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) {
        const effect = this.#fetchedAt === null ? 'no token can be verified' : 'held keys are used for a day';
        this.#log.warn(`the issuer's keys cannot be fetched: ${effect}`);
      }
      this.#failing = true;
      throw error;
    }
  }
}
