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
  /** Ends what would make it give up. */
  stop(): void;
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
      const giveUp = (reason: unknown) => {
        this.#leave(place);
        reject(reason);
      };
      const stopListening = onAbort(signal, () => giveUp(signal.reason));
      const cancelTimer = this.#runtime.after(deadline - this.#runtime.now(), () => giveUp(deadlinePassed()));
      const stop = () => {
        stopListening();
        cancelTimer();
      };
      const place = this.#passengers.add({ deadline, resolve, reject, stop });
    });
  }

  #leave(place: ListNode<Passenger<T>>): void {
    place.value?.stop();
    this.#passengers.remove(place);
    if (this.#passengers.size > 0 || this.#landed) return;
    this.#onEmpty();
    this.signal.abort(new Error('nobody waits for this request any more'));
  }

  #land(tell: (passenger: Passenger<T>) => void): void {
    this.#landed = true;
    this.#onEmpty();
    for (const passenger of this.#passengers.drain()) {
      passenger.stop();
      tell(passenger);
    }
  }
}

/** What an operation is told whose time is over. */
export function deadlinePassed(): UpstreamError {
  return new UpstreamError(
    'UPSTREAM_TIMEOUT',
    'The upstream did not answer before the deadline of the operation.',
  );
}
