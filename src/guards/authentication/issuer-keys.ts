import { createRemoteJWKSet, customFetch, type FetchImplementation, type JWTVerifyGetKey } from 'jose';
import type { Logger } from 'pino';

/** Age at which keys are refreshed. */
const REFRESH_MS = 10 * 60_000;
/** Maximum age of keys that are used while the JWKS endpoint is unavailable. */
const MAX_AGE_MS = 24 * 60 * 60_000;
/** Minimum time between two fetches while keys are cached: tokens with a forged `kid` must not cause more. */
const COOLDOWN_MS = 30_000;
/** Time limit of one fetch. */
const FETCH_TIMEOUT_MS = 5000;

/**
 * Published keys of a token issuer (JWKS), fetched on demand and cached.
 *
 * While the JWKS endpoint is unavailable, the cached keys are used for up to a day, so that tokens stay valid during an
 * outage. Ages are measured with the wall clock, which advances while the machine is suspended.
 */
export class IssuerKeys {
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;
  readonly #log: Pick<Logger, 'warn' | 'info'>;
  #fetchedAt: number | null = null;
  #triedAt = 0;
  #fetching: Promise<void> | null = null;
  /** Whether the last fetch failed. */
  #failing = false;

  constructor(url: string, log: Pick<Logger, 'warn' | 'info'>, fetch?: FetchImplementation) {
    // This class decides when to fetch. The key set itself would reject each token after a failed fetch.
    this.#keys = createRemoteJWKSet(new URL(url), {
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: Number.POSITIVE_INFINITY,
      timeoutDuration: FETCH_TIMEOUT_MS,
      ...(fetch !== undefined && { [customFetch]: fetch }),
    });
    this.#log = log;
  }

  /**
   * Returns the keys to verify a token with.
   *
   * @throws when the keys cannot be fetched and there are none of the last 24 hours
   */
  async current(): Promise<JWTVerifyGetKey> {
    const age = this.#age();
    if (age > MAX_AGE_MS) {
      await this.#fetch();
    } else if (age > REFRESH_MS && this.#mayFetch()) {
      const fetched = this.#fetch().catch(() => undefined);
      // During an outage requests do not wait for the endpoint.
      if (!this.#failing) await fetched;
    }
    return this.#keys;
  }

  /**
   * Fetches the keys again, for a token that no cached key has signed.
   *
   * @returns `null` when the cached keys were fetched less than 30 seconds ago
   * @throws when the keys cannot be fetched, so that the token can be neither accepted nor rejected
   */
  async newer(): Promise<JWTVerifyGetKey | null> {
    if (this.#fetching !== null || this.#mayFetch()) await this.#fetch();
    else if (this.#failing) throw new Error('JWKS endpoint unavailable');
    else return null;
    return this.#keys;
  }

  #age(): number {
    return this.#fetchedAt === null ? Number.POSITIVE_INFINITY : Date.now() - this.#fetchedAt;
  }

  #mayFetch(): boolean {
    // The absolute value, so that a wall clock that was set back does not prevent further fetches.
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
      if (this.#failing) this.#log.info('JWKS endpoint available again');
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) {
        const effect =
          this.#fetchedAt === null ? 'no token can be verified' : 'cached keys are used for up to a day';
        this.#log.warn(`JWKS endpoint unavailable: ${effect}`);
      }
      this.#failing = true;
      throw error;
    }
  }
}
