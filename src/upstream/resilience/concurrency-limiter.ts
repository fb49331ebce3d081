import { onAbort } from '../../util/abort.js';
import type { Clock } from '../../util/clock.js';
import { UpstreamError } from '../errors.js';
import type { Flight } from './flight.js';
import { deadlinePassed } from './in-flight.js';
import { WaiterQueue } from './waiter-queue.js';

/** Time between two probes of a long hold. */
const PROBE_INTERVAL_MS = 30_000;

/** Permission for one request to be in flight. */
export interface Permit {
  /** The upstream responded with success. */
  succeeded(): void;
  /** The upstream responded, possibly with a rejection of this request: it accepts requests again. */
  responded(): void;
  /** The upstream rejected the request because there were too many (429). */
  throttled(): void;
  /** Returns the permit. Must be called exactly once. */
  release(): void;
}

/**
 * Adaptive concurrency limit (AIMD), because the upstream does not document its limit: a 429 halves the limit, and each
 * round of successful requests raises it by one, up to the configured maximum.
 */
class AdaptiveLimit {
  readonly #max: number;
  #value: number;
  /** Number of times the limit was halved: requests that were sent before say nothing about the new limit. */
  #generation = 0;

  constructor(max: number) {
    this.#max = max;
    this.#value = max;
  }

  get value(): number {
    return Math.floor(this.#value);
  }

  get generation(): number {
    return this.#generation;
  }

  /** @param generation - generation in which the request was sent */
  raise(generation: number): void {
    if (generation === this.#generation) this.#value = Math.min(this.#max, this.#value + 1 / this.#value);
  }

  /** @param generation - generation in which the request was sent */
  halve(generation: number): void {
    if (generation !== this.#generation) return;
    this.#generation += 1;
    this.#value = Math.max(1, Math.floor(this.#value / 2));
  }
}

class LimiterPermit implements Permit {
  readonly #limit: AdaptiveLimit;
  readonly #generation: number;
  /** The hold that this request probes; `null` if it is not a probe. */
  readonly #probed: Hold | null;
  readonly #onRelease: () => void;

  constructor(limit: AdaptiveLimit, probed: Hold | null, onRelease: () => void) {
    this.#limit = limit;
    this.#generation = limit.generation;
    this.#probed = probed;
    this.#onRelease = onRelease;
  }

  succeeded(): void {
    this.#limit.raise(this.#generation);
  }

  responded(): void {
    this.#probed?.end();
  }

  throttled(): void {
    this.#limit.halve(this.#generation);
  }

  release(): void {
    this.#probed?.probeEnded();
    this.#onRelease();
  }
}

interface Waiter {
  readonly flight: Flight;
  readonly grant: (permit: Permit) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * A pause of all requests that the upstream has asked for. Single requests probe a long hold, because a `Retry-After`
 * of an hour may be an error, or apply to one resource only.
 */
class Hold {
  readonly cause: UpstreamError;
  readonly #startedAt: number;
  #until: number;
  #probeAt: number;
  #probing = false;

  constructor(now: number, until: number, cause: UpstreamError) {
    this.cause = cause;
    this.#startedAt = now;
    this.#until = until;
    this.#probeAt = now + PROBE_INTERVAL_MS;
  }

  get until(): number {
    return this.#until;
  }

  /** Whether the hold is long enough for probes. */
  get isLong(): boolean {
    return this.#until - this.#startedAt > PROBE_INTERVAL_MS;
  }

  /** When the next request may be sent, if no probe in flight ends the hold before. */
  get nextAt(): number {
    return this.#probing ? this.#until : Math.min(this.#until, this.#probeAt);
  }

  probeIsDue(now: number): boolean {
    return !this.#probing && now >= this.#probeAt;
  }

  probeStarted(now: number): void {
    this.#probing = true;
    this.#probeAt = now + PROBE_INTERVAL_MS;
  }

  probeEnded(): void {
    this.#probing = false;
  }

  /** Ends the hold, because the upstream has responded to a probe. */
  end(): void {
    this.#until = Number.NEGATIVE_INFINITY;
  }
}

/**
 * Limits the requests in flight. Permits are granted in the order of arrival, to background requests after all others.
 * Background requests hold at most half of the permits, so that a burst of them leaves permits for the others.
 */
export class ConcurrencyLimiter {
  readonly #limit: AdaptiveLimit;
  readonly #clock: Clock;
  #inFlight = 0;
  /** Those of `#inFlight` that were background requests when they got their permit. */
  #inBackground = 0;
  readonly #queue = new WaiterQueue<Waiter>();
  #hold: Hold | null = null;
  #timer: { readonly at: number; cancel(): void } | null = null;
  readonly #onRelease = () => {
    this.#inFlight -= 1;
    this.#drain();
  };
  readonly #onBackgroundRelease = () => {
    this.#inBackground -= 1;
    this.#onRelease();
  };

  /** @param max - configured maximum of requests in flight */
  constructor(max: number, clock: Clock) {
    this.#limit = new AdaptiveLimit(max);
    this.#clock = clock;
  }

  /** Current limit. */
  get limit(): number {
    return this.#limit.value;
  }

  /** Requests in flight. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Requests that wait for a permit. */
  get queued(): number {
    return this.#queue.size;
  }

  /** Whether a long hold is in effect and no probe is due. */
  get held(): boolean {
    return this.#hold?.isLong === true && this.#clock.now() < this.#hold.nextAt;
  }

  /**
   * Acquires a permit.
   *
   * @returns the permit, or a promise of it if the request has to wait
   * @throws the signal's reason when it is aborted; an `UpstreamError` when a hold lasts longer than the deadline of
   *   the request, or when the deadline passes before the permit is granted
   */
  acquire(flight: Flight): Permit | Promise<Permit> {
    flight.signal.throwIfAborted();
    const isBackground = flight.isBackground();
    const before = isBackground ? this.#queue.size : this.#queue.foreground;
    const available = before === 0 && this.#hold === null && this.#hasPermit(isBackground);
    return available && flight.deadline() > this.#clock.now()
      ? this.#issue(null, isBackground)
      : this.#enqueue(flight);
  }

  /**
   * Pauses all requests except for a probe every 30 seconds. A `Retry-After` applies to the whole account.
   *
   * @param until - end of the pause, in the time of `Clock.now`
   * @param cause - error for requests whose deadline is before the end
   */
  hold(until: number, cause: UpstreamError): void {
    if (this.#hold !== null && until <= this.#hold.until) return;
    this.#hold = new Hold(this.#clock.now(), until, cause);
    this.#drain();
  }

  #enqueue(flight: Flight): Promise<Permit> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#queue.remove(place);
        flight.watchPriority(null);
        stopListening();
      };
      // The promise is settled first, so that a granted permit has an owner even if a later step throws.
      const waiter: Waiter = {
        flight,
        grant: (permit) => {
          resolve(permit);
          leave();
        },
        reject: (reason) => {
          reject(reason);
          leave();
        },
      };
      const stopListening = onAbort(flight.signal, () => {
        waiter.reject(flight.signal.reason);
        if (this.#queue.size === 0) this.#schedule(null);
      });
      const place = this.#queue.add(waiter);
      flight.watchPriority(() => {
        this.#queue.move(place);
        this.#drain();
      });
      this.#drain();
    });
  }

  /** Grants the available permits. If that throws, all waiters are rejected, so that none waits forever. */
  #drain(): void {
    try {
      this.#grantPermits();
    } catch (error) {
      for (const { reject } of this.#queue) reject(error);
    }
  }

  #grantPermits(): void {
    if (this.#hold !== null && this.#hold.until > this.#clock.now()) {
      this.#probeOrWait(this.#hold);
      return;
    }
    this.#hold = null;
    this.#schedule(null);
    if (this.#queue.size === 0) return;
    for (const waiter of this.#queue) {
      const isBackground = waiter.flight.isBackground();
      // All later ones are background requests, too.
      if (!this.#hasPermit(isBackground)) return;
      // At its deadline an operation aborts its requests one by one, and each releases a permit for the next one in the
      // queue. That one must not be sent only to be aborted immediately.
      if (waiter.flight.deadline() <= this.#clock.now()) waiter.reject(deadlinePassed());
      else waiter.grant(this.#issue(null, isBackground));
    }
  }

  #probeOrWait(hold: Hold): void {
    const now = this.#clock.now();
    for (const waiter of this.#queue) {
      const isBackground = waiter.flight.isBackground();
      if (hold.probeIsDue(now) && this.#hasPermit(isBackground) && waiter.flight.deadline() > now) {
        hold.probeStarted(now);
        waiter.grant(this.#issue(hold, isBackground));
      } else if (waiter.flight.deadline() <= hold.until) {
        waiter.reject(holdError(hold.until - now, hold.cause));
      }
    }
    // If a probe is due and no permit is available, the release of the next one sends it, so no timer is needed.
    const nextAt = hold.probeIsDue(now) ? hold.until : hold.nextAt;
    this.#schedule(this.#queue.size === 0 ? null : nextAt);
  }

  /** Sets the timer that drains the queue. @param at - in the time of `Clock.now`; `null` clears the timer */
  #schedule(at: number | null): void {
    if (this.#timer?.at === at) return;
    this.#timer?.cancel();
    this.#timer = null;
    if (at === null) return;
    const cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
      this.#timer = null;
      this.#drain();
    });
    this.#timer = { at, cancel };
  }

  #hasPermit(isBackground: boolean): boolean {
    const { limit } = this;
    return this.#inFlight < limit && (!isBackground || this.#inBackground < Math.ceil(limit / 2));
  }

  #issue(probed: Hold | null, isBackground: boolean): Permit {
    this.#inFlight += 1;
    if (isBackground) this.#inBackground += 1;
    const onRelease = isBackground ? this.#onBackgroundRelease : this.#onRelease;
    return new LimiterPermit(this.#limit, probed, onRelease);
  }
}

/** Error of a request that cannot wait for the end of a hold. @param remainingMs - remaining time of the hold */
function holdError(remainingMs: number, { code, message, facts }: UpstreamError): UpstreamError {
  return new UpstreamError(code, message, facts, Math.ceil(remainingMs / 1000));
}
