import { type AbortSignalLike, FastAbortSignal, unlessAborted } from '../../util/abort.js';
import { type Clock, sleep } from '../../util/clock.js';
import { gatewayStopping, UpstreamError } from '../errors.js';
import type { Transport } from '../http/transport.js';
import { isRetryable, MAX_RETRIES, retryDelay } from '../resilience/retry.js';
import type { UpstreamLog, UpstreamObserver } from '../settings.js';
import type { SharedTokens } from '../shared/shared-state.js';
import type { Authorizer } from './authorizer.js';
import type { Token } from './token.js';
import { type ClientCredentials, requestToken } from './token-request.js';

/** A token is refreshed when a tenth of its lifetime is left, or a minute if that is shorter. */
const REFRESH_MARGIN = 0.1;
const MAX_REFRESH_MARGIN_MS = 60_000;
/** Longest wait between two token requests. A later retry would come after the deadlines of the waiting operations. */
const MAX_RETRY_DELAY_MS = 5_000;
/** Pause after a failed token request: a client that the endpoint rejects repeatedly may be locked out. */
const PAUSE_MS = 1_000;
const PAUSE_AFTER_REJECTION_MS = 10_000;
/** Longest pause, even if `Retry-After` is longer: a single request shows whether the endpoint is available again. */
const MAX_PAUSE_MS = 30_000;
/**
 * Shortest time between two token requests that are caused by a 403. KORE sends 403 for an invalid token, but also for
 * a request that is forbidden with any token: such a request must not replace a valid token each time.
 */
const MIN_REPLACEMENT_INTERVAL_MS = 60_000;
/** Time for which a replacement that was rejected too is kept, so that no further token is requested. */
const REJECTED_TOKEN_COOLDOWN_MS = 30_000;

interface CachedToken extends Token {
  /** Whether the upstream has accepted it at least once. */
  accepted: boolean;
  /** Whether it was requested because the token before it was rejected. */
  readonly isReplacement: boolean;
}

/** A failed token request. */
interface Failure {
  readonly error: unknown;
  /** When the next token request may be sent. */
  readonly pausedUntil: number;
  /** End of the endpoint's `Retry-After`. */
  readonly retryAt: number;
}

/**
 * OAuth 2.0 client credentials: one token for all requests, which is refreshed by a single token request, however many
 * operations wait for it.
 */
export class ClientCredentialsAuthorizer implements Authorizer {
  readonly #client: ClientCredentials;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #log: UpstreamLog;
  readonly #onToken: UpstreamObserver['token'];
  readonly #shared: SharedTokens | null;
  readonly #closing = new FastAbortSignal();
  #token: CachedToken | null = null;
  /** The token that has to be replaced, because the upstream has rejected it. */
  #rejected: string | null = null;
  #refreshing: Promise<CachedToken> | null = null;
  #failure: Failure | null = null;
  /** When a 403 may cause a token request again. */
  #replaceableAt = Number.NEGATIVE_INFINITY;

  /**
   * @param shared - tokens of other instances; `null`: none are shared
   * @param onToken - called after each token request
   */
  constructor(
    client: ClientCredentials,
    transport: Transport,
    clock: Clock,
    log: UpstreamLog,
    shared: SharedTokens | null = null,
    onToken: UpstreamObserver['token'] = () => {},
  ) {
    this.#shared = shared;
    this.#client = client;
    this.#transport = transport;
    this.#clock = clock;
    this.#log = log;
    this.#onToken = onToken;
  }

  /** Returns a promise only if there is no valid token, so that requests see whether they wait. */
  credential(signal: AbortSignalLike): string | Promise<string> {
    const token = this.#token;
    const remaining = token === null ? 0 : token.sentAt + token.lifeMs - this.#clock.now();
    if (token === null || remaining <= 0) {
      return unlessAborted(this.#refresh(), signal).then(({ header }) => header);
    }
    // Refresh ahead of expiry in the background; a failed refresh must not fail requests while the token is valid.
    if (remaining < Math.min(MAX_REFRESH_MARGIN_MS, token.lifeMs * REFRESH_MARGIN)) {
      this.#refresh().catch(() => {});
    }
    return token.header;
  }

  accepted(credential: string): void {
    if (this.#token?.header === credential) this.#token.accepted = true;
  }

  rejected(credential: string, status: number | undefined): boolean | Promise<boolean> {
    const token = this.#token;
    // The rejection of an earlier token says nothing about the current one.
    if (token === null || token.header !== credential) return true;
    if (status === 403) return this.#replace(credential);
    const age = this.#clock.now() - token.sentAt;
    if (token.isReplacement && !token.accepted && age < REJECTED_TOKEN_COOLDOWN_MS) return false;
    this.#token = null;
    this.#rejected = credential;
    this.#shared?.reject(credential);
    return true;
  }

  /** Requests another token. The current one stays in use meanwhile, because it may be valid for other requests. */
  async #replace(credential: string): Promise<boolean> {
    const now = this.#clock.now();
    if (now >= this.#replaceableAt) {
      this.#replaceableAt = now + MIN_REPLACEMENT_INTERVAL_MS;
      await this.#refresh().catch(() => {});
    } else {
      await this.#refreshing?.catch(() => {});
    }
    return this.#token?.header !== credential;
  }

  close(): void {
    this.#closing.abort(gatewayStopping());
  }

  #refresh(): Promise<CachedToken> {
    const now = this.#clock.now();
    if (this.#failure !== null && now < this.#failure.pausedUntil) {
      return Promise.reject(errorOf(this.#failure, now));
    }
    this.#refreshing ??= this.#obtain().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #obtain(): Promise<CachedToken> {
    try {
      const token = await this.#claim();
      this.#token = { ...token, accepted: false, isReplacement: this.#rejected !== null };
      this.#rejected = null;
      this.#failure = null;
      this.#onToken('ok');
      this.#log.info({ lifeSeconds: token.lifeMs / 1000 }, 'access token acquired');
      return this.#token;
    } catch (error) {
      this.#failure = failureOf(error, this.#clock.now());
      if (error instanceof UpstreamError) this.#onToken(error.code);
      this.#log.warn(
        error instanceof UpstreamError ? { code: error.code, ...error.facts } : {},
        'access token request failed',
      );
      throw error;
    }
  }

  /** Uses the token of another instance, or requests one, for all instances if it is the first one. */
  async #claim(): Promise<Token> {
    if (this.#shared === null) return this.#requestWithRetries();
    const known = this.#rejected ?? this.#token?.header ?? null;
    const claimed = await this.#shared.claim(known, this.#closing);
    if (claimed === null) return this.#requestWithRetries();
    if (!('lease' in claimed)) return claimed;
    try {
      const token = await this.#requestWithRetries();
      claimed.share(token);
      return token;
    } finally {
      claimed.abandon();
    }
  }

  async #requestWithRetries(): Promise<Token> {
    for (let retries = 0; ; retries++) {
      try {
        return await requestToken(this.#client, this.#transport, this.#closing);
      } catch (error) {
        if (!(error instanceof UpstreamError) || !isRetryable(error) || retries === MAX_RETRIES) throw error;
        const delay = retryDelay(error, retries, this.#clock.random());
        if (delay > MAX_RETRY_DELAY_MS) throw error;
        await sleep(this.#clock, delay, this.#closing);
      }
    }
  }
}

function failureOf(error: unknown, now: number): Failure {
  const { code, retryAfter = 0 } = error instanceof UpstreamError ? error : { code: null };
  const pause = code === 'UPSTREAM_UNAUTHORIZED' ? PAUSE_AFTER_REJECTION_MS : PAUSE_MS;
  const waitMs = retryAfter * 1000;
  return {
    error,
    pausedUntil: now + Math.max(pause, Math.min(waitMs, MAX_PAUSE_MS)),
    retryAt: now + waitMs,
  };
}

/** Returns the error of a failure with the remaining seconds of its `Retry-After`. */
function errorOf({ error, retryAt }: Failure, now: number): unknown {
  if (!(error instanceof UpstreamError) || error.retryAfter === undefined) return error;
  const { code, message, facts } = error;
  return new UpstreamError(code, message, facts, Math.max(1, Math.ceil((retryAt - now) / 1000)));
}
