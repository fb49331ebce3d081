import type { Loaders } from '../connections/loaders.js';
import type { Viewer } from '../resources/viewer.js';
import { type Cost, noCost, type RequestScope } from '../upstream/upstream.js';
import type { AbortSignalLike } from '../util/abort.js';
import type { OperationContext } from './schema/operation-context.js';

/** What one GraphQL operation holds, from its first resolver to its last. */
export interface GatewayContext extends OperationContext {
  readonly cost: Cost;
}

/** What an operation starts with. */
export interface OperationStart {
  readonly viewer: Viewer;
  /** How long the operation may take, upstream work included, in milliseconds. */
  readonly timeoutMs: number;
  /** Aborts when the client has gone away. */
  readonly signal: AbortSignalLike;
}

/**
 * Makes what an operation holds.
 *
 * @param loadersFor - makes the operation's loaders
 */
export function createContext(
  loadersFor: (scope: RequestScope) => Loaders,
  { viewer, timeoutMs, signal }: OperationStart,
): GatewayContext {
  const cost = noCost();
  const loaders = loadersFor({ signal, deadline: performance.now() + timeoutMs, cost });
  return { viewer, loaders, cost };
}
