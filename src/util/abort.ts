import { setMaxListeners } from 'node:events';
import { LinkedList } from './linked-list.js';

/**
 * What an `AbortController` and its signal are for, at a tenth of their price: an `EventTarget` takes longer to be
 * made, listened to and left than all else that is done for a request here.
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

  /** Tells all who listen, once. */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    for (const listener of this.#listeners) listener();
  }

  /** @returns what stops listening */
  listen(listener: () => void): () => void {
    const place = this.#listeners.add(listener);
    return () => this.#listeners.remove(place);
  }
}

/** Tells that something is not wanted any more: one of ours, or one that a caller has brought. */
export type AbortSignalLike = FastAbortSignal | AbortSignal;

/**
 * Listens to a signal that many others listen to: an operation over 500 SIMs has 500 requests on one signal,
 * and Node takes more than ten listeners for a leak unless it is told.
 *
 * @returns what stops listening
 */
export function onAbort(signal: AbortSignalLike, listener: () => void): () => void {
  if (signal instanceof FastAbortSignal) return signal.listen(listener);
  setMaxListeners(0, signal);
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

/** Waits for a promise that others wait for too, or until the signal is aborted: then for its reason. */
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
