import type { Accounts } from '../connections/accounts.js';
import type { Viewer } from '../resources/viewer.js';
import { type Cost, noCost } from '../upstream/upstream.js';
import type { AbortSignalLike } from '../util/abort.js';
import type { Span } from '../util/span.js';
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
  /** Span of the operation; `undefined`: tracing is off. */
  readonly span: Span | undefined;
  /** Clock of the upstream client, in milliseconds. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
}

/**
 * Creates the context of an operation.
 *
 * @throws {UnknownAccountError} if the caller's account is not served
 */
export function createContext(
  accounts: Accounts,
  { viewer, timeoutMs, signal, span, now, wallNow }: OperationOptions,
): GatewayContext {
  const cost = noCost();
  const deadline = now() + timeoutMs;
  const loaders = accounts.loadersFor(viewer.account, { signal, deadline, cost, span });
  return { viewer, loaders, cost, wallNow };
}
