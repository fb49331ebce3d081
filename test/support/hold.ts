import type { Fault, Sandbox } from '../../src/sandbox/index.js';

/**
 * Pauses responses of the sandbox, so that a test sees which requests are sent before any response.
 *
 * @param target - requests to pause; all by default
 * @returns function that sends the responses
 */
export function hold(sandbox: Sandbox, target: Pick<Fault, 'path' | 'query' | 'times'> = {}): () => void {
  let release = () => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  const remove = sandbox.faults.add({ kind: 'hold', until, ...target });
  return () => {
    remove();
    release();
  };
}
