import { onAbort } from '../../util/abort.js';
import type { Clock } from '../../util/clock.js';
import { LinkedList } from '../../util/linked-list.js';
import { UpstreamError } from '../errors.js';
import { deadlinePassed, type Flight } from './in-flight.js';

/** A place among the requests in flight. */
export interface Permit {
  /** The upstream served the request. */
  served(): void;
  /** The upstream refused the request because there were too many (429). */
  throttled(): void;
  /** Gives the place back; must be called, once. */
  release(): void;
}

/**
 * The bound itself. The upstream publishes no number for its limit, so it is found out (AIMD): a 429 halves the bound,
 * every round of served requests raises it by one, up to the configured ceiling.
 */
class Bound {
  readonly #ceiling: number;
  #value: number;
  /** Counts the times it was lowered: what was let out before says nothing about the new one. */
  #epoch = 0;

  constructor(ceiling: number) {
    this.#ceiling = ceiling;
    this.#value = ceiling;
  }

  get value(): number {
    return Math.floor(this.#value);
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** @param epoch - when the request was let out */
  raise(epoch: number): void {
    if (epoch === this.#epoch) this.#value = Math.min(this.#ceiling, this.#value + 1 / this.#value);
  }

  /** @param epoch - when the request was let out */
  halve(epoch: number): void {
    if (epoch !== this.#epoch) return;
    this.#epoch += 1;
    this.#value = Math.max(1, Math.floor(this.#value / 2));
  }
}

class BoundSlot implements Permit {
  readonly #bound: Bound;
  readonly #epoch: number;
  readonly #giveBack: () => void;

  constructor(bound: Bound, giveBack: () => void) {
    this.#bound = bound;
    this.#epoch = bound.epoch;
    this.#giveBack = giveBack;
  }

  served(): void {
    this.#bound.raise(this.#epoch);
  }

  throttled(): void {
    this.#bound.halve(this.#epoch);
  }

  release(): void {
    this.#giveBack();
  }
}

interface Waiting {
  readonly flight: Flight;
  readonly enter: (slot: Permit) => void;
  readonly refuse: (reason: unknown) => void;
}

interface Hold {
  readonly until: number;
  readonly cause: UpstreamError;
}

/** Bounds the requests in flight, first come, first served. */
export class ConcurrencyLimiter {
  readonly #bound: Bound;
  readonly #runtime: Clock;
  #inFlight = 0;
  /** In order of arrival. */
  readonly #queue = new LinkedList<Waiting>();
  #hold: Hold | null = null;
  #cancelWake: (() => void) | null = null;
  readonly #giveBack = () => {
    this.#inFlight -= 1;
    this.#drain();
  };

  constructor(ceiling: number, runtime: Clock) {
    this.#bound = new Bound(ceiling);
    this.#runtime = runtime;
  }

  /** The present bound. */
  get limit(): number {
    return this.#bound.value;
  }

  /**
   * Takes a place, or waits for one.
   *
   * @throws the signal's reason once that is aborted; an `UpstreamError` at once when a hold lasts longer
   *   than the flight's deadline, and when its turn comes too late
   */
  acquire(flight: Flight): Permit | Promise<Permit> {
    flight.signal.throwIfAborted();
    const free = this.#queue.size === 0 && this.#hold === null && this.#inFlight < this.limit;
    return free && flight.deadline() > this.#runtime.now() ? this.#slot() : this.#queueUp(flight);
  }

  /**
   * Lets nothing out until then: one `Retry-After` is meant for the whole account.
   *
   * @param until - on the runtime's clock
   * @param cause - what those are answered with who cannot wait that long
   */
  hold(until: number, cause: UpstreamError): void {
    if (this.#hold !== null && until <= this.#hold.until) return;
    this.#hold = { until, cause };
    this.#stopWaiting();
    this.#drain();
  }

  #queueUp(flight: Flight): Promise<Permit> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#queue.remove(place);
        stopListening();
      };
      const waiting: Waiting = {
        flight,
        enter: (slot) => {
          leave();
          resolve(slot);
        },
        refuse: (reason) => {
          leave();
          reject(reason);
        },
      };
      const stopListening = onAbort(flight.signal, () => {
        waiting.refuse(flight.signal.reason);
        if (this.#queue.size === 0) this.#stopWaiting();
      });
      const place = this.#queue.add(waiting);
      this.#drain();
    });
  }

  #drain(): void {
    if (this.#hold !== null && this.#hold.until > this.#runtime.now()) {
      this.#waitFor(this.#hold);
      return;
    }
    this.#hold = null;
    if (this.#queue.size === 0) return;
    for (const waiting of this.#queue) {
      if (this.#inFlight >= this.limit) return;
      // At its deadline an operation gives up one request after the other, and each makes place for the next in
      // the queue: that one must not be sent, for the moment until it is given up too.
      if (waiting.flight.deadline() <= this.#runtime.now()) waiting.refuse(deadlinePassed());
      else waiting.enter(this.#slot());
    }
  }

  #waitFor({ until, cause }: Hold): void {
    const left = until - this.#runtime.now();
    for (const { flight, refuse } of this.#queue) {
      if (flight.deadline() <= until) {
        refuse(new UpstreamError(cause.code, cause.message, cause.facts, Math.ceil(left / 1000)));
      }
    }
    if (this.#queue.size === 0 || this.#cancelWake !== null) return;
    this.#cancelWake = this.#runtime.after(left, () => {
      this.#cancelWake = null;
      this.#drain();
    });
  }

  #stopWaiting(): void {
    this.#cancelWake?.();
    this.#cancelWake = null;
  }

  #slot(): Permit {
    this.#inFlight += 1;
    return new BoundSlot(this.#bound, this.#giveBack);
  }
}
