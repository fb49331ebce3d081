import type { LiveLists } from './live-lists.js';

/** The watched lists of the upstream accounts. */
export interface LiveAccounts {
  /**
   * @param account - of the caller
   * @throws {UnknownAccountError}
   */
  liveFor(account: string): LiveLists;
}
