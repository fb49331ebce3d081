import type { HttpContext } from '../http/context.js';
import { httpError } from '../http/http-error.js';
import type { Guard } from './index.js';

/** `Retry-After` in seconds. */
const RETRY_AFTER = 1;

/** Counts the operations in flight. */
export class InFlight {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Counts an operation until its response has been sent, or its client has disconnected. */
  enter({ res }: HttpContext): void {
    // A closed response emits no further `close` event.
    if (res.closed) return;
    this.#count += 1;
    res.on('close', () => {
      this.#count -= 1;
    });
  }
}

/**
 * Rejects operations while too many are in flight, before their body is read. An unbounded queue would delay all
 * operations and take the memory that accepted ones need.
 */
export function inFlightLimit(inFlight: InFlight, max: number): Guard {
  return (context) => {
    if (inFlight.count >= max) {
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
