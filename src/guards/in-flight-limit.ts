import type { HttpContext } from '../http/context.js';
import type { Guard } from '../http/guard.js';
import { httpError } from '../http/http-error.js';

/** Seconds after which there may be a place again. */
const RETRY_AFTER = 1;

/** Counts the operations that are in flight or wait. */
export class InFlight {
  #count = 0;
  /** One for all: a function of its own for each request is work for the garbage collector. */
  readonly #leave = () => {
    this.#count -= 1;
  };

  get count(): number {
    return this.#count;
  }

  /** Takes a place until the answer has been sent, or nobody is there any more to take it. */
  enter({ res }: HttpContext): void {
    // Its `close` has been and will not come again.
    if (res.closed) return;
    this.#count += 1;
    res.on('close', this.#leave);
  }
}

/**
 * Turns operations away while there are too many, before anything of them is read: a queue that only grows makes
 * all of them late, and takes the memory that those accepted need.
 */
export function inFlightLimit(inFlight: InFlight, max: number): Guard {
  return (context) => {
    if (inFlight.count >= max) {
      throw httpError({
        status: 503,
        code: 'RATE_LIMITED',
        message: 'The gateway has more operations in flight than it can take.',
        retryAfter: RETRY_AFTER,
      });
    }
    inFlight.enter(context);
  };
}
