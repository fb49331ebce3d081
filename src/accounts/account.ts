import { isDeepStrictEqual } from 'node:util';
import type { AccountConfig } from '../config/index.js';
import { createLoaders, type Loaders } from '../connections/loaders.js';
import { LiveLists, type LiveListsParts } from '../live/live-lists.js';
import { deriveCursorKey } from '../pagination/cursor/key.js';
import { type CursorKeys, CursorSigner } from '../pagination/cursor/signer.js';
import { createUpstream, type ManagedUpstream } from '../upstream/client.js';
import type { ListDecoder } from '../upstream/decode/list.js';
import type { AuthSettings, UpstreamSettings } from '../upstream/settings.js';
import type { RequestScope } from '../upstream/upstream.js';
import type { Clock } from '../util/clock.js';

/** What the accounts of a gateway have in common. */
export interface AccountParts {
  readonly clock: Clock;
  /** Decodes the pages of lists. */
  readonly listDecoder: ListDecoder;
  /** Settings of the upstream client, except those of the account. */
  readonly settingsFor: (
    account: AccountConfig,
  ) => Omit<UpstreamSettings, 'dialect' | 'baseUrl' | 'publicBaseUrl' | 'auth' | 'concurrency'>;
  /** Settings of its subscriptions. */
  readonly liveSettingsFor: (
    account: AccountConfig,
  ) => Pick<LiveListsParts, 'timeoutMs' | 'pollMs' | 'count' | 'observer'>;
}

/** An upstream account: the only way to its upstream client, caches and cursors. */
export class Account {
  readonly upstream: ManagedUpstream;
  /** Loaders of an operation. */
  readonly loadersFor: (scope: RequestScope) => Loaders;
  /** The lists that are watched. */
  readonly live: LiveLists;
  #config: AccountConfig;
  #cursorSecrets: readonly string[] | null;
  /** The secret of the credentials that were replaced last: it still verifies cursors. */
  #formerSecret: string | null = null;
  readonly #signer: CursorSigner;
  /** Whether the client shares state with other instances. */
  readonly #sharesState: boolean;

  /** @param cursorSecrets - the first signs cursors, each verifies them; `null`: derived from the credentials */
  constructor(config: AccountConfig, cursorSecrets: readonly string[] | null, parts: AccountParts) {
    const { upstream, concurrency } = config;
    this.#config = config;
    this.#cursorSecrets = cursorSecrets;
    const settings: UpstreamSettings = { ...upstream, concurrency, ...parts.settingsFor(config) };
    this.#sharesState = settings.shared !== undefined;
    this.upstream = createUpstream(settings, parts.clock, parts.listDecoder);
    this.#signer = new CursorSigner(this.#cursorKeys());
    const { observer } = settings;
    this.loadersFor = createLoaders(this.upstream, this.#signer, parts.clock, (list, pages) =>
      observer?.walk(list, pages),
    );
    this.live = new LiveLists({
      loadersFor: this.loadersFor,
      signer: this.#signer,
      clock: parts.clock,
      concurrency,
      polls: settings.shared?.polls ?? null,
      ...parts.liveSettingsFor(config),
    });
  }

  /** Whether another configuration only differs in its credentials, which `reconfigure` can replace. */
  isSameAs(config: AccountConfig): boolean {
    // What instances share is bound to the credentials: with new ones, a client of its own shares it.
    if (this.#sharesState && !isDeepStrictEqual(config.upstream.auth, this.#config.upstream.auth))
      return false;
    return isDeepStrictEqual(withoutCredentials(config), withoutCredentials(this.#config));
  }

  /**
   * Replaces the credentials and the cursor secrets. What is cached or in flight stays.
   *
   * @param config - one that `isSameAs` accepts
   * @returns what has changed
   */
  reconfigure(config: AccountConfig, cursorSecrets: readonly string[] | null): AccountChanges {
    const former = this.#config.upstream.auth;
    const { auth } = config.upstream;
    const changes = {
      credentials: !isDeepStrictEqual(auth, former),
      cursorSecrets: !isDeepStrictEqual(cursorSecrets, this.#cursorSecrets),
    };
    if (changes.credentials) {
      this.#formerSecret = secretOf(former);
      this.upstream.replaceCredentials(auth);
    }
    this.#config = config;
    this.#cursorSecrets = cursorSecrets;
    if (changes.credentials || changes.cursorSecrets) this.#signer.replaceKeys(this.#cursorKeys());
    return changes;
  }

  #cursorKeys(): CursorKeys {
    const { identity, auth } = this.#config.upstream;
    const former = this.#formerSecret === null ? [] : [this.#formerSecret];
    const secrets = this.#cursorSecrets ?? [secretOf(auth), ...former];
    return { account: identity, keys: secrets.map((secret) => deriveCursorKey(secret, identity)) };
  }
}

/** What has changed about an account that stays the same. */
export interface AccountChanges {
  readonly credentials: boolean;
  readonly cursorSecrets: boolean;
}

/** Returns the secret part of credentials. */
export function secretOf(auth: AuthSettings): string {
  return auth.kind === 'basic' ? auth.password : auth.clientSecret;
}

/** @returns what a new upstream client is needed for if it changes */
function withoutCredentials({ name, upstream, concurrency }: AccountConfig): object {
  const { dialect, baseUrl, identity, accountSid, auth } = upstream;
  return { name, dialect, baseUrl, identity, accountSid, concurrency, kind: auth.kind };
}
