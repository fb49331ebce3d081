import { setMaxListeners } from 'node:events';

/**
 * Listens to a signal that many others listen to: an operation over 500 SIMs has 500 requests on one signal,
 * and Node takes more than ten listeners for a leak unless it is told.
 *
 * @returns what stops listening
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  setMaxListeners(0, signal);
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

/** Waits for a promise that others wait for too, or until the signal is aborted: then for its reason. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const stopListening = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(stopListening);
  });
}
