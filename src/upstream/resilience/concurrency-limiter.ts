import { onAbort } from '../../util/abort.js';
import type { Clock } from '../../util/clock.js';
import { LinkedList } from '../../util/linked-list.js';
import { UpstreamError } from '../errors.js';
import { deadlinePassed, type Flight } from './in-flight.js';

/** How often a long hold is probed. */
const PROBE_EVERY_MS = 30_000;

/** A place among the requests in flight. */
export interface Permit {
  /** The upstream served the request. */
  served(): void;
  /** The upstream answered, be it with a refusal of this one request: it takes requests again. */
  answered(): void;
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
  /** The hold that this request probes, if it does. */
  readonly #probed: Hold | null;
  readonly #giveBack: () => void;

  constructor(bound: Bound, probed: Hold | null, giveBack: () => void) {
    this.#bound = bound;
    this.#epoch = bound.epoch;
    this.#probed = probed;
    this.#giveBack = giveBack;
  }

  served(): void {
    this.#bound.raise(this.#epoch);
  }

  answered(): void {
    this.#probed?.end();
  }

  throttled(): void {
    this.#bound.halve(this.#epoch);
  }

  release(): void {
    this.#probed?.probeEnded();
    this.#giveBack();
  }
}

interface Waiting {
  readonly flight: Flight;
  readonly enter: (slot: Permit) => void;
  readonly refuse: (reason: unknown) => void;
}

/**
 * A time in which nothing is let out, because the upstream asked for it. Where that is long, single requests probe
 * whether the upstream is back earlier: one `Retry-After` of an hour may be a mistake, or be meant for one resource.
 */
class Hold {
  readonly cause: UpstreamError;
  readonly #beganAt: number;
  #until: number;
  #probeAt: number;
  #probing = false;

  constructor(now: number, until: number, cause: UpstreamError) {
    this.cause = cause;
    this.#beganAt = now;
    this.#until = until;
    this.#probeAt = now + PROBE_EVERY_MS;
  }

  get until(): number {
    return this.#until;
  }

  /** Whether it lasts so long that it is probed. */
  get isLong(): boolean {
    return this.#until - this.#beganAt > PROBE_EVERY_MS;
  }

  /** When something may change, as far as time alone does that. */
  get nextAt(): number {
    return this.#probing ? this.#until : Math.min(this.#until, this.#probeAt);
  }

  probeIsDue(now: number): boolean {
    return !this.#probing && now >= this.#probeAt;
  }

  probeBegan(now: number): void {
    this.#probing = true;
    this.#probeAt = now + PROBE_EVERY_MS;
  }

  probeEnded(): void {
    this.#probing = false;
  }

  /** A probe was answered. */
  end(): void {
    this.#until = Number.NEGATIVE_INFINITY;
  }
}

/** Bounds the requests in flight, first come, first served. */
export class ConcurrencyLimiter {
  readonly #bound: Bound;
  readonly #runtime: Clock;
  #inFlight = 0;
  /** In order of arrival. */
  readonly #queue = new LinkedList<Waiting>();
  #hold: Hold | null = null;
  #wake: { readonly at: number; cancel(): void } | null = null;
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

  /** Whether nothing is let out for a long time, and not even a probe now. */
  get held(): boolean {
    return this.#hold?.isLong === true && this.#runtime.now() < this.#hold.nextAt;
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
    return free && flight.deadline() > this.#runtime.now() ? this.#slot(null) : this.#queueUp(flight);
  }

  /**
   * Lets nothing out until then, except for a probe every 30 seconds: one `Retry-After` is meant for the whole account.
   *
   * @param until - on the runtime's clock
   * @param cause - what those are answered with who cannot wait that long
   */
  hold(until: number, cause: UpstreamError): void {
    if (this.#hold !== null && until <= this.#hold.until) return;
    this.#hold = new Hold(this.#runtime.now(), until, cause);
    this.#drain();
  }

  #queueUp(flight: Flight): Promise<Permit> {
    return new Promise((resolve, reject) => {
      // Each is settled before anything else is done, so that a slot that was taken has someone to give it back.
      const waiting: Waiting = {
        flight,
        enter: (slot) => {
          resolve(slot);
          this.#queue.remove(place);
          stopListening();
        },
        refuse: (reason) => {
          reject(reason);
          this.#queue.remove(place);
          stopListening();
        },
      };
      const stopListening = onAbort(flight.signal, () => {
        waiting.refuse(flight.signal.reason);
        if (this.#queue.size === 0) this.#wakeAt(null);
      });
      const place = this.#queue.add(waiting);
      this.#drain();
    });
  }

  /** Lets out whoever may go; where that throws, those who wait are refused with it rather than forgotten. */
  #drain(): void {
    try {
      this.#letOut();
    } catch (error) {
      for (const { refuse } of this.#queue) refuse(error);
    }
  }

  #letOut(): void {
    if (this.#hold !== null && this.#hold.until > this.#runtime.now()) {
      this.#waitFor(this.#hold);
      return;
    }
    this.#hold = null;
    this.#wakeAt(null);
    if (this.#queue.size === 0) return;
    for (const waiting of this.#queue) {
      if (this.#inFlight >= this.limit) return;
      // At its deadline an operation gives up one request after the other, and each makes place for the next in
      // the queue: that one must not be sent, for the moment until it is given up too.
      if (waiting.flight.deadline() <= this.#runtime.now()) waiting.refuse(deadlinePassed());
      else waiting.enter(this.#slot(null));
    }
  }

  #waitFor(hold: Hold): void {
    const now = this.#runtime.now();
    for (const waiting of this.#queue) {
      if (hold.probeIsDue(now) && this.#inFlight < this.limit && waiting.flight.deadline() > now) {
        hold.probeBegan(now);
        waiting.enter(this.#slot(hold));
      } else if (waiting.flight.deadline() <= hold.until) {
        waiting.refuse(heldFor(hold.until - now, hold.cause));
      }
    }
    // A probe that is due and finds no room goes as soon as another request gives its place back.
    const nextAt = hold.probeIsDue(now) ? hold.until : hold.nextAt;
    this.#wakeAt(this.#queue.size === 0 ? null : nextAt);
  }

  /** Looks again at that time, on the runtime's clock; `null`: not before something happens. */
  #wakeAt(at: number | null): void {
    if (this.#wake?.at === at) return;
    this.#wake?.cancel();
    this.#wake = null;
    if (at === null) return;
    const cancel = this.#runtime.after(Math.max(0, at - this.#runtime.now()), () => {
      this.#wake = null;
      this.#drain();
    });
    this.#wake = { at, cancel };
  }

  #slot(probed: Hold | null): Permit {
    this.#inFlight += 1;
    return new BoundSlot(this.#bound, probed, this.#giveBack);
  }
}

/** What those are answered with who cannot wait until a hold ends. @param leftMs - of the hold */
function heldFor(leftMs: number, { code, message, facts }: UpstreamError): UpstreamError {
  return new UpstreamError(code, message, facts, Math.ceil(leftMs / 1000));
}
