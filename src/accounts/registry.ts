import type { Logger } from 'pino';
import type { AccountConfig } from '../config/index.js';
import { type AccountState, type Accounts, UnknownAccountError } from '../connections/accounts.js';
import type { Loaders } from '../connections/loaders.js';
import type { LiveAccounts } from '../live/live-accounts.js';
import type { LiveLists, LiveStats } from '../live/live-lists.js';
import type { UpstreamState } from '../upstream/resilience/health.js';
import type { UpstreamStats } from '../upstream/settings.js';
import type { RequestScope } from '../upstream/upstream.js';
import { Account, type AccountParts } from './account.js';

export interface RegistryParts extends AccountParts {
  /** Receives a line for each change. */
  readonly log: Pick<Logger, 'info'>;
  /** How long operations of an account may go on after it has been removed, in milliseconds. */
  readonly drainMs: number;
}

interface Entry {
  readonly account: Account;
  readonly partition: string;
}

/** The accounts by name. They can be replaced while operations are in flight. */
export class AccountRegistry implements Accounts, LiveAccounts {
  readonly #parts: RegistryParts;
  readonly #entries = new Map<string, Entry>();
  /** Clients of removed accounts, with the timers that close them. */
  readonly #draining = new Map<Account, NodeJS.Timeout>();
  #created = 0;

  constructor(
    configs: readonly AccountConfig[],
    cursorSecrets: readonly string[] | null,
    parts: RegistryParts,
  ) {
    this.#parts = parts;
    for (const config of configs) this.#add(config, cursorSecrets);
  }

  loadersFor(account: string, scope: RequestScope): Loaders {
    return this.#entry(account).account.loadersFor(scope);
  }

  liveFor(account: string): LiveLists {
    return this.#entry(account).account.live;
  }

  /** Ends the subscriptions of all accounts. */
  endSubscriptions(): void {
    for (const { account } of this.#entries.values()) account.live.end();
  }

  cachePartition(account: string): string {
    return this.#entry(account).partition;
  }

  has(account: string): boolean {
    return this.#entries.has(account);
  }

  states(): readonly AccountState[] {
    return [...this.#entries].map(([name, { account }]) => ({
      account: name,
      state: account.upstream.state(),
    }));
  }

  /** The upstream clients by the names of their accounts, for metrics. */
  upstreams(): ReadonlyMap<string, { readonly state: UpstreamState; readonly stats: UpstreamStats }> {
    return new Map(
      [...this.#entries].map(
        ([
          name,
          {
            account: { upstream },
          },
        ]) => [name, { state: upstream.state(), stats: upstream.stats() }],
      ),
    );
  }

  /** The subscriptions by the names of their accounts, for metrics. */
  subscriptions(): ReadonlyMap<string, LiveStats> {
    return new Map([...this.#entries].map(([name, { account }]) => [name, account.live.stats]));
  }

  /**
   * Replaces the accounts. Operations in flight continue with the account that they began with. Logs each change.
   *
   * @param configs - all accounts from now on
   */
  replace(configs: readonly AccountConfig[], cursorSecrets: readonly string[] | null): void {
    const { log } = this.#parts;
    const names = new Set(configs.map(({ name }) => name));
    for (const name of this.#entries.keys()) {
      if (names.has(name)) continue;
      this.#remove(name);
      log.info({ audit: 'account', account: name, change: 'removed' }, 'account removed');
    }
    for (const config of configs) {
      const { name } = config;
      const present = this.#entries.get(name)?.account;
      if (present?.isSameAs(config)) {
        const changes = present.reconfigure(config, cursorSecrets);
        if (changes.credentials)
          log.info(
            { audit: 'credentials', account: name, change: 'replaced' },
            'upstream credentials replaced',
          );
        if (changes.cursorSecrets)
          log.info({ audit: 'cursor secrets', account: name, change: 'replaced' }, 'cursor secrets replaced');
      } else {
        if (present !== undefined) this.#remove(name);
        this.#add(config, cursorSecrets);
        const change = present === undefined ? 'added' : 'replaced';
        log.info({ audit: 'account', account: name, change }, `account ${change}`);
      }
    }
  }

  async close(): Promise<void> {
    this.endSubscriptions();
    const accounts = [...this.#entries.values()].map(({ account }) => account);
    for (const [account, timer] of this.#draining) {
      clearTimeout(timer);
      accounts.push(account);
    }
    await Promise.all(accounts.map(({ upstream }) => upstream.close()));
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new UnknownAccountError();
    return entry;
  }

  #add(config: AccountConfig, cursorSecrets: readonly string[] | null): void {
    this.#created += 1;
    this.#entries.set(config.name, {
      account: new Account(config, cursorSecrets, this.#parts),
      partition: `${config.name}#${this.#created}`,
    });
  }

  #remove(name: string): void {
    const { account } = this.#entry(name);
    this.#entries.delete(name);
    account.live.end();
    const timer = setTimeout(() => {
      this.#draining.delete(account);
      void account.upstream.close().catch(() => undefined);
    }, this.#parts.drainMs);
    this.#draining.set(account, timer.unref());
  }
}
