import type { Flight } from '../upstream/resilience/flight.js';
import { deadlinePassed } from '../upstream/resilience/in-flight.js';
import type { SharedSlots, Slot } from '../upstream/shared/shared-state.js';
import { onAbort } from '../util/abort.js';
import { LinkedList } from '../util/linked-list.js';
import type { RedisParts } from './parts.js';
import { ASSUMED_INSTANCES, capacity, nextChange, type SlotStanding, type SlotTimes } from './slot-share.js';

/** Life of an instance's registration: how long the slots of a crashed instance are missing. */
const LEASE_MS = 5000;
const RENEW_MS = 1000;
/** Life of the registrations of an account that no instance uses. */
const HASH_LIFE_MS = 24 * 60 * 60_000;
/** Wait between two requests for slots while all are held: at first, its growth, and at most. */
const FIRST_WAIT_MS = 5;
const WAIT_GROWTH = 1.5;
const MAX_WAIT_MS = 60;

interface Waiter {
  /** Whether there was no slot for it when slots were requested. */
  queued: boolean;
  readonly flight: Flight;
  readonly grant: (slot: Slot) => void;
  readonly reject: (reason: unknown) => void;
}

export interface SlotSettings {
  /** Requests that all instances together may have in flight. */
  readonly limit: number;
  /** Time limit of an attempt. */
  readonly attemptTimeoutMs: number;
}

/**
 * The concurrency limit of an account, shared by all instances through Redis.
 *
 * Each command registers the absolute number of slots that this instance holds, so that every reply repairs what a lost
 * reply, a flush or an expired lease has changed. Only one command is in flight at a time: it requests slots for all waiters.
 * Without Redis this instance keeps to a share of the limit (`slot-share.ts`).
 */
export class RedisSlots implements SharedSlots {
  readonly #parts: RedisParts;
  readonly #key: string;
  readonly #limit: number;
  readonly #times: SlotTimes;
  readonly #waiters = new LinkedList<Waiter>();
  #held = 0;
  /** Whether Redis has to be told something. */
  #due = false;
  #syncing = false;
  #instances: number | null = null;
  #lost: SlotStanding['lost'] = null;
  #backAt: number | null = null;
  #waitMs = FIRST_WAIT_MS;
  #cancelWait: (() => void) | null = null;
  #cancelRenewal: (() => void) | null = null;
  readonly #unsubscribe: () => void;
  #closed = false;

  /**
   * @param key - name of the registrations of the account
   * @param number - tells the clients of this instance apart: an account that is replaced has two for some time
   */
  constructor(parts: RedisParts, key: string, { limit, attemptTimeoutMs }: SlotSettings, number: number) {
    this.#parts = { ...parts, instance: `${parts.instance}:${number}` };
    this.#key = key;
    this.#limit = limit;
    this.#times = { attemptMs: attemptTimeoutMs, leaseMs: LEASE_MS };
    if (parts.availability.state !== 'ok') this.#noteLost();
    this.#unsubscribe = parts.availability.onChange((state) => {
      if (state === 'ok') this.#noteBack();
      else this.#noteLost();
    });
    this.#renew();
  }

  get queued(): number {
    return this.#waiters.size;
  }

  acquire(flight: Flight): Promise<Slot> {
    return new Promise((resolve, reject) => {
      flight.signal.throwIfAborted();
      const waiter: Waiter = {
        queued: false,
        flight,
        grant: (slot) => {
          resolve(slot);
          this.#waiters.remove(node);
          stopListening();
        },
        reject: (reason) => {
          reject(reason);
          this.#waiters.remove(node);
          stopListening();
        },
      };
      const node = this.#waiters.add(waiter);
      const stopListening = onAbort(flight.signal, () => waiter.reject(flight.signal.reason));
      // While others wait already, this one waits with them.
      if (this.#cancelWait === null) this.#due = true;
      this.#serve();
    });
  }

  /** Ends the registration of this instance, so that its slots are free at once. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unsubscribe();
    this.#cancelRenewal?.();
    this.#cancelWait?.();
    const { availability, instance, redis } = this.#parts;
    await availability.write('slots', () => redis.hdel(this.#key, instance));
  }

  #release(): void {
    this.#held -= 1;
    this.#due = true;
    this.#serve();
  }

  /** Registers what this instance holds, also when nothing has changed. */
  #renew(): void {
    this.#cancelRenewal = this.#parts.clock.after(RENEW_MS, () => this.#renew());
    this.#due = true;
    this.#serve();
  }

  /** Grants slots to the waiters, as Redis says, or by this instance's share. */
  #serve(): void {
    if (this.#closed) return;
    if (this.#parts.availability.state === 'ok') void this.#sync();
    else this.#grantShare();
  }

  async #sync(): Promise<void> {
    if (this.#syncing) return;
    this.#syncing = true;
    try {
      while (this.#due && this.#parts.availability.state === 'ok' && !this.#closed) {
        this.#due = false;
        await this.#exchange();
      }
    } finally {
      this.#syncing = false;
    }
    if (this.#parts.availability.state !== 'ok') this.#grantShare();
  }

  /** Registers what this instance holds, and requests slots for all waiters. */
  async #exchange(): Promise<void> {
    const { availability, clock, instance, redis } = this.#parts;
    const held = this.#held;
    const want = this.#waiters.size;
    this.#stopWaiting();
    const reply = await availability.write('slots', () =>
      redis.syncSlots(
        this.#key,
        instance,
        this.#limit,
        held,
        want,
        capacity(this.#standing(), this.#times, clock.now()),
        this.#instances ?? ASSUMED_INSTANCES,
        LEASE_MS,
        HASH_LIFE_MS,
      ),
    );
    if (reply === undefined) return;
    const [granted, live, settled] = reply;
    this.#noteInstances(live, settled === 1);
    const unused = this.#grant(granted);
    if (unused > 0) this.#due = true;
    if (granted > unused) this.#waitMs = FIRST_WAIT_MS;
    if (granted < want && this.#waiters.size > 0) {
      this.#markQueued();
      this.#waitForSlots();
    }
  }

  #grantShare(): void {
    const now = this.#parts.clock.now();
    this.#grant(Math.max(0, capacity(this.#standing(), this.#times, now) - this.#held));
    this.#markQueued();
    const changeAt = nextChange(this.#standing(), this.#times, now);
    this.#stopWaiting();
    if (this.#waiters.size > 0 && changeAt !== null) this.#wait(changeAt - now);
  }

  /** Grants up to `count` slots to the waiters, in their order. @returns the number of slots that are left */
  #grant(count: number): number {
    let left = count;
    const now = this.#parts.clock.now();
    for (const waiter of this.#waiters) {
      if (left === 0) break;
      // Not to be sent only to be aborted at once.
      if (waiter.flight.deadline() <= now) {
        waiter.reject(deadlinePassed());
        continue;
      }
      left -= 1;
      this.#held += 1;
      waiter.grant({ queued: waiter.queued, release: () => this.#release() });
    }
    return left;
  }

  #markQueued(): void {
    for (const waiter of this.#waiters) waiter.queued = true;
  }

  #waitForSlots(): void {
    this.#wait(this.#waitMs * (0.5 + this.#parts.clock.random()));
    this.#waitMs = Math.min(MAX_WAIT_MS, this.#waitMs * WAIT_GROWTH);
  }

  #wait(ms: number): void {
    this.#cancelWait = this.#parts.clock.after(ms, () => {
      this.#cancelWait = null;
      this.#due = true;
      this.#serve();
    });
  }

  #stopWaiting(): void {
    this.#cancelWait?.();
    this.#cancelWait = null;
  }

  #noteLost(): void {
    this.#lost = { at: this.#parts.clock.now(), held: this.#held };
    this.#backAt = null;
    this.#serve();
  }

  #noteBack(): void {
    this.#backAt = this.#parts.clock.now();
    this.#due = true;
    this.#serve();
  }

  /** While instances register again, those that have not yet are counted as before. */
  #noteInstances(live: number, settled: boolean): void {
    const now = this.#parts.clock.now();
    const complete = settled && (this.#backAt === null || now >= this.#backAt + LEASE_MS);
    this.#instances = complete ? live : Math.max(live, this.#instances ?? ASSUMED_INSTANCES);
  }

  #standing(): SlotStanding {
    return { limit: this.#limit, instances: this.#instances, lost: this.#lost, backAt: this.#backAt };
  }
}
