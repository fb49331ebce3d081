import type { UpstreamState } from '../upstream/resilience/health.js';
import type { RequestScope } from '../upstream/upstream.js';
import type { Loaders } from './loaders.js';

/** The upstream accounts that the gateway serves. Nothing that one of them has sent is ever used for another. */
export interface Accounts {
  /**
   * Creates the loaders of an operation.
   *
   * @param account - of the caller
   * @throws {UnknownAccountError}
   */
  loadersFor(account: string, scope: RequestScope): Loaders;
  /** Identifies what is cached for an account: the name, and how often it has come to mean another account. */
  cachePartition(account: string): string;
  has(account: string): boolean;
  states(): readonly AccountState[];
}

/** State of the upstream of an account. */
export interface AccountState {
  /** Its name. */
  readonly account: string;
  readonly state: UpstreamState;
}

/** The caller's account is not served, or no longer. */
export class UnknownAccountError extends Error {
  override readonly name = 'UnknownAccountError';

  constructor() {
    super("The caller's account is not served by this gateway.");
  }
}
