import { setMaxListeners } from 'node:events';
import { LinkedList } from './linked-list.js';

/**
 * Lightweight replacement of `AbortController` and `AbortSignal` at a tenth of the cost: creating an `EventTarget`,
 * adding and removing its listeners takes longer than the rest of a request.
 */
export class FastAbortSignal {
  #aborted = false;
  #reason: unknown;
  readonly #listeners = new LinkedList<() => void>();

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  /**
   * Aborts the signal and calls all listeners. Further calls have no effect.
   *
   * @throws the first error of a listener, after all listeners have been called
   */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    const errors: unknown[] = [];
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  /** Adds a listener. @returns function that removes it */
  listen(listener: () => void): () => void {
    const node = this.#listeners.add(listener);
    return () => this.#listeners.remove(node);
  }
}

/** An abort signal of either kind. */
export type AbortSignalLike = FastAbortSignal | AbortSignal;

/**
 * Adds an abort listener without the limit of ten listeners, above which Node warns of a leak: an operation over 500
 * SIMs has 500 requests with one signal.
 *
 * @returns function that removes the listener
 */
export function onAbort(signal: AbortSignalLike, listener: () => void): () => void {
  if (signal instanceof FastAbortSignal) return signal.listen(listener);
  setMaxListeners(0, signal);
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

/** Returns the result of a shared promise; rejects with the signal's reason when it is aborted first. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignalLike): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const stopListening = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(stopListening);
  });
}
