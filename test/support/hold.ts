import type { Fault, Sandbox } from '../../src/sandbox/index.js';

/**
 * Keeps answers back, so that a test sees what else is asked before any of them.
 *
 * @param target - which requests; by default all
 * @returns lets them go
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
