import { type AbortSignalLike, FastAbortSignal, unlessAborted } from '../../util/abort.js';
import { type Clock, sleep } from '../../util/clock.js';
import { UpstreamError } from '../errors.js';
import type { Transport } from '../http/transport.js';
import { isRetryable, MAX_RETRIES, retryDelay } from '../resilience/retry.js';
import type { UpstreamLog } from '../settings.js';
import type { Authorizer } from './authorizer.js';
import { type ClientCredentials, requestToken, type Token } from './token-request.js';

/** A token is renewed when a tenth of its life is left, or a minute. */
const MARGIN = 0.1;
const LONGEST_MARGIN_MS = 60_000;
/** Nobody waits longer than this for the token endpoint; a repeated request would come too late. */
const LONGEST_WAIT_MS = 5_000;
/** After a failure the endpoint is left alone for a while: a client that it refuses may end up locked out. */
const PAUSE_MS = 1_000;
const PAUSE_AFTER_REFUSAL_MS = 10_000;
/** How long a new token that was refused too is kept, rather than asking for yet another. */
const HOPELESS_MS = 30_000;

interface Held extends Token {
  /** Whether the upstream has taken it at least once. */
  proven: boolean;
  /** Whether it was asked for because the one before was refused. */
  readonly replacement: boolean;
}

/**
 * OAuth2 client credentials: one token for all requests, asked for once, and renewed by a single request
 * however many wait for it.
 */
export class ClientCredentialsAuthorizer implements Authorizer {
  readonly #client: ClientCredentials;
  readonly #transport: Transport;
  readonly #runtime: Clock;
  readonly #log: UpstreamLog;
  readonly #closing = new FastAbortSignal();
  #held: Held | null = null;
  #refused = false;
  #renewal: Promise<Held> | null = null;
  #failure: { readonly error: unknown; readonly until: number } | null = null;

  constructor(client: ClientCredentials, transport: Transport, runtime: Clock, log: UpstreamLog) {
    this.#client = client;
    this.#transport = transport;
    this.#runtime = runtime;
    this.#log = log;
  }

  async credential(signal: AbortSignalLike): Promise<string> {
    const held = this.#held;
    if (held === null) return (await unlessAborted(this.#renew(), signal)).header;
    const left = held.sentAt + held.lifeMs - this.#runtime.now();
    if (left <= 0) return (await unlessAborted(this.#renew(), signal)).header;
    // While it lasts nobody has to wait for its successor, nor to suffer when there is none.
    if (left < Math.min(LONGEST_MARGIN_MS, held.lifeMs * MARGIN)) this.#renew().catch(() => {});
    return held.header;
  }

  accepted(credential: string): void {
    if (this.#held?.header === credential) this.#held.proven = true;
  }

  refused(credential: string): boolean {
    const held = this.#held;
    // An older token's refusal says nothing about the one that has replaced it.
    if (held === null || held.header !== credential) return true;
    const age = this.#runtime.now() - held.sentAt;
    if (held.replacement && !held.proven && age < HOPELESS_MS) return false;
    this.#held = null;
    this.#refused = true;
    return true;
  }

  close(): void {
    this.#closing.abort(new UpstreamError('UPSTREAM_UNAVAILABLE', 'The gateway is stopping.'));
  }

  #renew(): Promise<Held> {
    if (this.#failure !== null && this.#runtime.now() < this.#failure.until) {
      return Promise.reject(this.#failure.error);
    }
    this.#renewal ??= this.#obtain().finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  async #obtain(): Promise<Held> {
    try {
      const token = await this.#request();
      this.#held = { ...token, proven: false, replacement: this.#refused };
      this.#refused = false;
      this.#failure = null;
      this.#log.info({ lifeSeconds: token.lifeMs / 1000 }, 'got an access token');
      return this.#held;
    } catch (error) {
      this.#failure = { error, until: this.#runtime.now() + pauseAfter(error) };
      this.#log.warn(
        error instanceof UpstreamError ? { code: error.code, ...error.facts } : {},
        'got no access token',
      );
      throw error;
    }
  }

  async #request(): Promise<Token> {
    for (let retries = 0; ; retries++) {
      try {
        return await requestToken(this.#client, this.#transport, this.#closing);
      } catch (error) {
        if (!(error instanceof UpstreamError) || !isRetryable(error) || retries === MAX_RETRIES) throw error;
        const delay = retryDelay(error, retries, this.#runtime.random());
        if (delay > LONGEST_WAIT_MS) throw error;
        await sleep(this.#runtime, delay, this.#closing);
      }
    }
  }
}

function pauseAfter(error: unknown): number {
  if (!(error instanceof UpstreamError)) return PAUSE_MS;
  const pause = error.code === 'UPSTREAM_UNAUTHORIZED' ? PAUSE_AFTER_REFUSAL_MS : PAUSE_MS;
  return Math.max(pause, (error.retryAfter ?? 0) * 1000);
}
