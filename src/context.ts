import type { Loaders } from './loaders/loaders.js';
import type { OperationContext } from './schema/builder.js';
import type { Cost, RequestScope } from './upstream/upstream.js';

/** What one GraphQL operation holds, from its first resolver to its last. */
export interface GatewayContext extends OperationContext {
  readonly cost: Cost;
}

/**
 * Makes what an operation holds.
 *
 * @param loadersFor - makes the operation's loaders
 * @param timeoutMs - how long the operation may take, upstream work included
 * @param signal - aborts when the client has gone away
 */
export function createContext(
  loadersFor: (scope: RequestScope) => Loaders,
  timeoutMs: number,
  signal: AbortSignal,
): GatewayContext {
  const cost: Cost = { requests: 0, retries: 0, cacheHits: 0, staleMs: 0 };
  const loaders = loadersFor({ signal, deadline: performance.now() + timeoutMs, cost });
  return { loaders, cost };
}
