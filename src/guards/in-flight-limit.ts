import type { HttpContext } from '../http/context.js';
import type { Guard } from '../http/guard.js';
import { httpError } from '../http/http-error.js';

/** `Retry-After` in seconds. */
const RETRY_AFTER = 1;

/** Counts the operations in flight. */
export class InFlight {
  #count = 0;
  /** One for all: a function of its own for each request is work for the garbage collector. */
  readonly #leave = () => {
    this.#count -= 1;
  };

  get count(): number {
    return this.#count;
  }

  /** Counts an operation until its response has been sent, or its client has disconnected. */
  enter({ res }: HttpContext): void {
    // A closed response emits no further `close` event.
    if (res.closed) return;
    this.#count += 1;
    res.on('close', this.#leave);
  }

  /** No longer counts an operation whose response goes on: the events of a subscription. */
  leave({ res }: HttpContext): void {
    if (!res.listeners('close').includes(this.#leave)) return;
    res.off('close', this.#leave);
    this.#leave();
  }
}

/**
 * Rejects operations while too many are in flight, before their body is read. An unbounded queue would delay all
 * operations and take the memory that accepted ones need.
 *
 * @param onReject - called for each rejected operation
 */
export function inFlightLimit(inFlight: InFlight, max: number, onReject: () => void): Guard {
  return (context) => {
    if (inFlight.count >= max) {
      onReject();
      throw httpError({
        status: 503,
        code: 'RATE_LIMITED',
        message: 'Server overloaded: too many operations in flight.',
        retryAfter: RETRY_AFTER,
      });
    }
    inFlight.enter(context);
  };
}
