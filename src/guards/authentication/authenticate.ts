import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { type Config, ONLY_ACCOUNT } from '../../config/index.js';
import type { Viewer } from '../../resources/viewer.js';
import type { ProxySettings } from '../../upstream/http/dispatcher.js';
import { anonymousAuthentication } from './anonymous.js';
import { staticTokenAuthentication } from './static-tokens.js';

/**
 * Authenticates a caller.
 *
 * @param authorization - value of the `Authorization` header
 * @returns the viewer
 * @throws {GraphQLError} UNAUTHENTICATED when the credentials are missing or invalid
 */
export type Authenticate = (authorization: string | undefined) => Viewer | Promise<Viewer>;

type AccessConfig = Pick<Config, 'auth' | 'accounts'>;

/** What authentication depends on. */
export interface AuthenticationParts {
  /** Returns whether the gateway serves an account. */
  readonly isServed: (account: string) => boolean;
  /** Proxies to the token issuer; `null`: none. */
  readonly proxy: ProxySettings | null;
  /** Receives failures of the token issuer, and replaced tokens. */
  readonly log: Pick<Logger, 'warn' | 'info'>;
}

/** The authentication that is configured. */
export class Authentication {
  readonly #log: AuthenticationParts['log'];
  #config: AccessConfig;
  #current: Authenticate;

  private constructor(config: AccessConfig, current: Authenticate, log: AuthenticationParts['log']) {
    this.#config = config;
    this.#current = current;
    this.#log = log;
  }

  static async create(config: AccessConfig, parts: AuthenticationParts): Promise<Authentication> {
    return new Authentication(config, await authenticateFor(config, parts), parts.log);
  }

  readonly authenticate: Authenticate = (authorization) => this.#current(authorization);

  /** Replaces the static tokens. Other settings take effect with a restart. */
  reconfigure(config: AccessConfig): void {
    const { auth } = config;
    if (auth.kind === 'none' && this.#config.auth.kind === 'none') {
      this.#current = anonymousAuthentication(config.accounts?.[0]?.name ?? ONLY_ACCOUNT);
    }
    if (auth.kind !== 'token' || this.#config.auth.kind !== 'token') return;
    if (isDeepStrictEqual(auth.tokens, this.#config.auth.tokens)) return;
    const before = this.#config.auth.tokens.map(({ name }) => name);
    const after = auth.tokens.map(({ name }) => name);
    this.#config = config;
    this.#current = staticTokenAuthentication(auth.tokens);
    const added = after.filter((name) => !before.includes(name));
    const removed = before.filter((name) => !after.includes(name));
    this.#log.info({ audit: 'tokens', change: 'replaced', added, removed }, 'bearer tokens replaced');
  }
}

async function authenticateFor(
  { auth, accounts }: AccessConfig,
  { isServed, proxy, log }: AuthenticationParts,
): Promise<Authenticate> {
  switch (auth.kind) {
    case 'token':
      return staticTokenAuthentication(auth.tokens);
    case 'jwt': {
      // Loaded on demand, because `jose` would slow down the start of gateways that do not use it.
      const { jwtAuthentication } = await import('./jwt.js');
      if (proxy === null) return jwtAuthentication(auth, isServed, log);
      const { fetchThrough } = await import('./proxied-fetch.js');
      return jwtAuthentication(auth, isServed, log, fetchThrough(proxy));
    }
    case 'none':
      return anonymousAuthentication(accounts?.[0]?.name ?? ONLY_ACCOUNT);
  }
}
