import { type AbortSignalLike, FastAbortSignal, onAbort } from '../../util/abort.js';
import type { Clock } from '../../util/clock.js';
import { LinkedList, type ListNode } from '../../util/linked-list.js';
import { UpstreamError } from '../errors.js';
import type { RequestScope } from '../upstream.js';

/** A request under way, on behalf of everyone who waits for its answer. */
export interface Flight {
  /** Aborts when nobody waits any more. */
  readonly signal: AbortSignalLike;
  /** When the most patient of those who wait now gives up, on the runtime's clock. */
  deadline(): number;
}

type Scope = Pick<RequestScope, 'signal' | 'deadline'>;

/** A seat in a flight. */
export interface Seat<T> {
  /** What it brings. */
  readonly arrival: Promise<T>;
  /** Whether the flight had been started by someone else. */
  readonly joined: boolean;
}

/** Identical requests of concurrent operations share one flight; it is cancelled when the last of them leaves. */
export class InFlightRequests<T> {
  readonly #runtime: Clock;
  readonly #underWay = new Map<string, SharedFlight<T>>();
  #closed: Error | null = null;

  constructor(runtime: Clock) {
    this.#runtime = runtime;
  }

  /**
   * Takes a seat in the flight with this key, and starts it when there is none. Its arrival is rejected with what the
   * flight is rejected with, with UPSTREAM_TIMEOUT at the scope's own deadline, or with the reason of its own signal.
   *
   * @throws the same, where it is too late already
   */
  join(key: string, scope: Scope, start: (flight: Flight) => Promise<T>): Seat<T> {
    scope.signal.throwIfAborted();
    if (this.#closed !== null) throw this.#closed;
    if (scope.deadline <= this.#runtime.now()) throw deadlinePassed();
    const present = this.#underWay.get(key);
    if (present !== undefined) return { arrival: present.board(scope), joined: true };
    const flight = new SharedFlight<T>(this.#runtime, () => {
      // Whoever comes next must not join a flight that is being cancelled.
      if (this.#underWay.get(key) === flight) this.#underWay.delete(key);
    });
    this.#underWay.set(key, flight);
    const arrival = flight.board(scope);
    // It begins with the first who waits: without one there is no deadline.
    flight.begin(start);
    return { arrival, joined: false };
  }

  /** Cancels every flight; all who wait, and all who come later, are answered with the error. */
  close(error: Error): void {
    this.#closed = error;
    for (const flight of this.#underWay.values()) flight.signal.abort(error);
  }
}

/** One who waits for a flight. */
interface Passenger<T> {
  readonly deadline: number;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
  /** Each ends something that would make it give up. */
  readonly stops: (() => void)[];
}

class SharedFlight<T> implements Flight {
  readonly signal = new FastAbortSignal();
  readonly #runtime: Clock;
  readonly #onEmpty: () => void;
  readonly #passengers = new LinkedList<Passenger<T>>();
  #landed = false;

  /** @param onEmpty - is told when nobody waits any more, be it because it has landed */
  constructor(runtime: Clock, onEmpty: () => void) {
    this.#runtime = runtime;
    this.#onEmpty = onEmpty;
  }

  begin(start: (flight: Flight) => Promise<T>): void {
    start(this).then(
      (value) => this.#land(({ resolve }) => resolve(value)),
      (reason: unknown) => this.#land(({ reject }) => reject(reason)),
    );
  }

  deadline(): number {
    let latest = Number.NEGATIVE_INFINITY;
    for (const { deadline } of this.#passengers) latest = Math.max(latest, deadline);
    return latest;
  }

  /** Waits for it, for as long as the scope allows. */
  board({ signal, deadline }: Scope): Promise<T> {
    return new Promise((resolve, reject) => {
      const stops: (() => void)[] = [];
      const place = this.#passengers.add({ deadline, resolve, reject, stops });
      const giveUp = (reason: unknown) => {
        reject(reason);
        this.#leave(place);
      };
      try {
        stops.push(onAbort(signal, () => giveUp(signal.reason)));
        stops.push(this.#runtime.after(deadline - this.#runtime.now(), () => giveUp(deadlinePassed())));
      } catch (error) {
        // A request that nobody waits for must not be sent.
        giveUp(error);
      }
    });
  }

  #leave(place: ListNode<Passenger<T>>): void {
    const passenger = place.value;
    this.#passengers.remove(place);
    if (passenger !== null) stop(passenger);
    if (this.#passengers.size > 0 || this.#landed) return;
    this.#onEmpty();
    this.signal.abort(new Error('nobody waits for this request any more'));
  }

  #land(tell: (passenger: Passenger<T>) => void): void {
    this.#landed = true;
    this.#onEmpty();
    const passengers = this.#passengers.drain();
    // All are told before anything that can throw.
    for (const passenger of passengers) tell(passenger);
    for (const passenger of passengers) stop(passenger);
  }
}

function stop({ stops }: Pick<Passenger<unknown>, 'stops'>): void {
  for (const each of stops) each();
}

/** What an operation is told whose time is over. */
export function deadlinePassed(): UpstreamError {
  return new UpstreamError(
    'UPSTREAM_TIMEOUT',
    'The upstream did not answer before the deadline of the operation.',
  );
}
