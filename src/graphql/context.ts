import type { Loaders } from '../connections/loaders.js';
import type { Viewer } from '../resources/viewer.js';
import { type Cost, noCost, type RequestScope } from '../upstream/upstream.js';
import type { AbortSignalLike } from '../util/abort.js';
import type { OperationContext } from './schema/operation-context.js';

/** GraphQL context of one operation. */
export interface GatewayContext extends OperationContext {
  readonly cost: Cost;
}

/** Options of one operation. */
export interface OperationOptions {
  readonly viewer: Viewer;
  /** Time limit of the operation in milliseconds, including its upstream requests. */
  readonly timeoutMs: number;
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignalLike;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
}

/**
 * Creates the context of an operation.
 *
 * @param loadersFor - creates the loaders of the operation
 */
export function createContext(
  loadersFor: (scope: RequestScope) => Loaders,
  { viewer, timeoutMs, signal, wallNow }: OperationOptions,
): GatewayContext {
  const cost = noCost();
  const loaders = loadersFor({ signal, deadline: performance.now() + timeoutMs, cost });
  return { viewer, loaders, cost, wallNow };
}
