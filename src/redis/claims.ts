import type { RedisUse } from '../observability/metrics/redis.js';
import type { AbortSignalLike } from '../util/abort.js';
import { sleep } from '../util/clock.js';
import type { RedisParts } from './parts.js';

/** Life of a lease: how long the others wait for an instance that has crashed. */
const LEASE_MS = 3000;
const RENEW_MS = 1000;
/** Wait between two looks for a value that another instance makes: at first, its growth, and at most. */
const FIRST_WAIT_MS = 8;
const WAIT_GROWTH = 1.5;
const MAX_WAIT_MS = 100;

/** Replies of the script `claimValue` in place of a remaining life. */
const LEASED = -1;
const LEASED_BY_OTHER = -2;

export interface ClaimOptions {
  /** Name of the value. */
  readonly name: string;
  /** Remaining life in milliseconds from which on the value is used. */
  readonly minLifeMs: number;
  /** Beginning of a value that is not used. */
  readonly notVersion?: string;
  readonly signal: AbortSignalLike;
}

/** A value, and for how many more milliseconds Redis keeps it. */
export interface FoundValue {
  readonly value: Buffer;
  readonly lifeMs: number;
  /** When Redis was asked, in the time of `Clock.now`. */
  readonly askedAt: number;
}

/** Values that one instance makes and all use. */
export class Claims {
  readonly #parts: RedisParts;
  readonly #use: RedisUse;
  #leases = 0;

  constructor(parts: RedisParts, use: RedisUse) {
    this.#parts = parts;
    this.#use = use;
  }

  /**
   * Finds a value, or takes the lease to make it. While another instance has the lease, waits for the value.
   *
   * @returns the value; the lease; `null` if this instance has to make the value for itself, because Redis fails or
   *   the other instance has given up
   * @throws the signal's reason when it is aborted
   */
  async claim(options: ClaimOptions): Promise<FoundValue | Lease | null> {
    const { clock, instance } = this.#parts;
    const { signal } = options;
    this.#leases += 1;
    const holder = `${instance}:${this.#leases}`;
    let other: string | null = null;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(MAX_WAIT_MS, waitMs * WAIT_GROWTH)) {
      const askedAt = clock.now();
      const reply = await this.#send(options, holder);
      if (reply === undefined) return null;
      const [code, data] = reply;
      if (code === LEASED) {
        const lease = new Lease(this.#parts, this.#use, options.name, holder);
        if (!signal.aborted) return lease;
        lease.abandon();
      }
      signal.throwIfAborted();
      if (code >= 0 && data !== undefined) return { value: data, lifeMs: code, askedAt };
      if (code !== LEASED_BY_OTHER) return null;
      const current = String(data);
      other ??= current;
      // The first holder has given up without a value, so the reason may hold for each further one.
      if (current !== other) return null;
      await sleep(clock, waitMs * (0.5 + clock.random()), signal);
    }
  }

  /** Finds a value without waiting. @returns `null` if there is none, or Redis fails */
  async find({ name, minLifeMs }: Pick<ClaimOptions, 'name' | 'minLifeMs'>): Promise<FoundValue | null> {
    const { availability, clock, redis } = this.#parts;
    const askedAt = clock.now();
    const reply = await availability.read(this.#use, () =>
      redis.claimValueBuffer(name, leaseOf(name), minLifeMs, '', '', 0),
    );
    return reply?.[1] === undefined ? null : { lifeMs: reply[0], value: reply[1], askedAt };
  }

  /** While Redis takes no writes, values are still read. */
  #send({ name, minLifeMs, notVersion = '' }: ClaimOptions, holder: string) {
    const { availability, redis } = this.#parts;
    const ask = (leaseMs: number) => () =>
      redis.claimValueBuffer(name, leaseOf(name), minLifeMs, notVersion, holder, leaseMs);
    return availability.state === 'read-only'
      ? availability.read(this.#use, ask(0))
      : availability.write(this.#use, ask(LEASE_MS));
  }
}

/** The duty to make a value. It is renewed until `share` or `abandon` is called. */
export class Lease {
  readonly #parts: RedisParts;
  readonly #use: RedisUse;
  readonly #name: string;
  readonly #holder: string;
  #cancelRenewal: (() => void) | null = null;

  constructor(parts: RedisParts, use: RedisUse, name: string, holder: string) {
    this.#parts = parts;
    this.#use = use;
    this.#name = name;
    this.#holder = holder;
    this.#renewLater();
  }

  /** Stores the value for all instances. @param lifeMs - how long Redis keeps it */
  share(value: Buffer, lifeMs: number): void {
    const life = Math.ceil(lifeMs);
    // Others need not wait for a value that is too old already.
    if (life <= 0) {
      this.abandon();
      return;
    }
    if (!this.#end()) return;
    const { availability, redis } = this.#parts;
    void availability.write(this.#use, () =>
      redis.storeValue(this.#name, leaseOf(this.#name), value, life, this.#holder),
    );
  }

  /** Ends the lease without a value. */
  abandon(): void {
    if (this.#end()) void this.#renew(0);
  }

  /** @returns whether the lease had not ended */
  #end(): boolean {
    const held = this.#cancelRenewal !== null;
    this.#cancelRenewal?.();
    this.#cancelRenewal = null;
    return held;
  }

  #renewLater(): void {
    this.#cancelRenewal = this.#parts.clock.after(RENEW_MS, () => {
      this.#renewLater();
      void this.#renew(LEASE_MS);
    });
  }

  #renew(leaseMs: number): Promise<unknown> {
    const { availability, redis } = this.#parts;
    return availability.write(this.#use, () => redis.renewLease(leaseOf(this.#name), this.#holder, leaseMs));
  }
}

/** Key of the lease of a value: on the same node of a cluster. */
function leaseOf(name: string): string {
  return `${name}:lease`;
}
