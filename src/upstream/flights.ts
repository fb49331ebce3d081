import { onAbort } from './abort.js';
import { UpstreamError } from './errors.js';
import type { Runtime } from './runtime.js';
import type { RequestScope } from './upstream.js';

/** A request under way, on behalf of everyone who waits for its answer. */
export interface Flight {
  /** Aborts when nobody waits any more. */
  readonly signal: AbortSignal;
  /** When the most patient of those who wait now gives up, on the runtime's clock. */
  deadline(): number;
}

type Scope = Pick<RequestScope, 'signal' | 'deadline'>;

/** What a flight brought to one of those who waited. */
export interface Arrival<T> {
  readonly value: T;
  /** Whether the flight had been started by someone else. */
  readonly joined: boolean;
}

/** Identical requests of concurrent operations share one flight; it is cancelled when the last of them leaves. */
export class Flights<T> {
  readonly #runtime: Runtime;
  readonly #underWay = new Map<string, SharedFlight<T>>();
  #closed: Error | null = null;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /**
   * Waits for the flight with this key, and starts it when there is none.
   *
   * @throws what the flight rejects with; UPSTREAM_TIMEOUT at the scope's own deadline; the reason of the
   *   scope's own signal
   */
  async join(key: string, scope: Scope, start: (flight: Flight) => Promise<T>): Promise<Arrival<T>> {
    scope.signal.throwIfAborted();
    if (this.#closed !== null) throw this.#closed;
    if (scope.deadline <= this.#runtime.now()) throw deadlinePassed();
    const present = this.#underWay.get(key);
    const flight = present ?? new SharedFlight<T>(start);
    flight.waiting.add(scope);
    this.#underWay.set(key, flight);
    try {
      return { value: await this.#wait(flight, scope), joined: present !== undefined };
    } finally {
      flight.waiting.delete(scope);
      if (flight.waiting.size === 0) {
        // Whoever comes next must not join a flight that is being cancelled.
        if (this.#underWay.get(key) === flight) this.#underWay.delete(key);
        if (!flight.landed) flight.cancel(new Error('nobody waits for this request any more'));
      }
    }
  }

  /** Cancels every flight; all who wait, and all who come later, are answered with the error. */
  close(error: Error): void {
    this.#closed = error;
    for (const flight of this.#underWay.values()) flight.cancel(error);
  }

  #wait({ landing }: SharedFlight<T>, { signal, deadline }: Scope): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const stop = () => {
        stopListening();
        cancelTimer();
      };
      const giveUp = (reason: unknown) => {
        stop();
        reject(reason);
      };
      const stopListening = onAbort(signal, () => giveUp(signal.reason));
      const cancelTimer = this.#runtime.after(deadline - this.#runtime.now(), () => giveUp(deadlinePassed()));
      landing.finally(stop).then(resolve, reject);
    });
  }
}

class SharedFlight<T> implements Flight {
  readonly waiting = new Set<Scope>();
  landed = false;
  readonly #controller = new AbortController();
  readonly #start: (flight: Flight) => Promise<T>;
  #landing: Promise<T> | undefined;

  constructor(start: (flight: Flight) => Promise<T>) {
    this.#start = start;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Begins with the first who waits: until then there is no deadline. */
  get landing(): Promise<T> {
    this.#landing ??= this.#start(this).finally(() => {
      this.landed = true;
    });
    return this.#landing;
  }

  deadline(): number {
    return Math.max(...Array.from(this.waiting, ({ deadline }) => deadline));
  }

  cancel(reason: Error): void {
    this.#controller.abort(reason);
  }
}

/** What an operation is told whose time is over. */
export function deadlinePassed(): UpstreamError {
  return new UpstreamError(
    'UPSTREAM_TIMEOUT',
    'The upstream did not answer before the deadline of the operation.',
  );
}
