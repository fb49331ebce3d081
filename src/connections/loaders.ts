import { CursorSigner } from '../pagination/cursor/signer.js';
import type { RequestScope, Upstream } from '../upstream/upstream.js';
import { PageSizes } from './page-sizes.js';
import { SessionLoader } from './session-loader.js';
import { BulkListPolicy, createSimLoader, type SimLoader } from './sim-loader.js';

/** What one operation loads with. Nothing of it outlives the operation. */
export interface Loaders {
  readonly sims: SimLoader;
  readonly sessions: SessionLoader;
}

/**
 * @param cursorKey - secret that seals cursors; the same on every instance
 * @param now - milliseconds on the clock of the upstream client
 * @returns makes the loaders of an operation
 */
export function createLoaders(
  upstream: Upstream,
  cursorKey: Uint8Array,
  now: () => number,
): (scope: RequestScope) => Loaders {
  const account = new BulkListPolicy();
  const sealer = new CursorSigner(cursorKey);
  const sizes = new PageSizes(now);
  return (scope) => {
    let sims: SimLoader | undefined;
    return {
      // Most operations look at sessions alone.
      get sims() {
        sims ??= createSimLoader(upstream, scope, account);
        return sims;
      },
      sessions: new SessionLoader(upstream, scope, sealer, sizes),
    };
  };
}
