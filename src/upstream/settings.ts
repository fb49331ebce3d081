import type { UpstreamErrorCode } from './errors.js';
import type { ProxySettings } from './http/dispatcher.js';
import type { SharedState } from './shared/shared-state.js';

/** Credentials of the gateway for the upstream. */
export type AuthSettings =
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | {
      readonly kind: 'client-credentials';
      readonly clientId: string;
      readonly clientSecret: string;
      readonly tokenUrl: string;
    };

/** The subset of a pino logger that is used. Bodies, URLs, hosts and credentials are never logged. */
export interface UpstreamLog {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** Outcome of one attempt: the class of its status, or the reason why there is none. */
export type AttemptOutcome =
  | '2xx'
  | '3xx'
  | '401'
  | '403'
  | '404'
  | '4xx'
  | '429'
  | '5xx'
  | 'timeout'
  | 'broken'
  | 'cancelled';

export type BreakerState = 'closed' | 'open' | 'half-open';

/**
 * Where a response came from: `hit`: the cache; `joined`: a request in flight for another operation; `shared`: another
 * instance; `stale`: the cache, because the upstream failed; `miss`: a request of its own.
 */
export type ResponseSource = 'hit' | 'joined' | 'shared' | 'stale' | 'miss';

/** State of an upstream client in numbers. */
export interface UpstreamStats {
  /** Requests that may be in flight at present, and at most. */
  readonly limit: number;
  readonly maxLimit: number;
  readonly inFlight: number;
  /** Requests that wait for a permit. */
  readonly queued: number;
  readonly retryBudget: number;
  readonly breaker: BreakerState;
  readonly caches: readonly { readonly route: string; readonly entries: number; readonly bytes: number }[];
}

/** Receives events for metrics. Its errors are logged and do not affect the request. */
export interface UpstreamObserver {
  /**
   * @param route - name of a list or a resource
   * @param durationMs - from when the request was sent to the end of the response body
   */
  attempt(route: string, outcome: AttemptOutcome, durationMs: number): void;
  /** @param reason - why a request is retried */
  retry(reason: UpstreamErrorCode): void;
  /** A request has waited for a permit of the concurrency limiter. */
  waited(ms: number): void;
  /** An operation has got a response. */
  response(route: string, source: ResponseSource): void;
  /** An access token was requested. */
  token(outcome: 'ok' | UpstreamErrorCode): void;
  /**
   * A walk has ended.
   *
   * @param list - its name
   * @param pages - that it has read
   */
  walk(list: string, pages: number): void;
  /** An upstream record has an enum value that the schema does not define. */
  drift(field: string): void;
}

export interface UpstreamSettings {
  readonly dialect: 'twilio' | 'kore';
  /** Base URL of requests; may have a path prefix and a trailing slash. */
  readonly baseUrl: string;
  /** Base URL in page URLs of the upstream, if it differs from `baseUrl`. */
  readonly publicBaseUrl: string;
  readonly auth: AuthSettings;
  /** Time limit of one attempt, from when the request is sent to the end of the response body. */
  readonly attemptTimeoutMs: number;
  /** Proxies between the gateway and the upstream; `null`: none. */
  readonly proxy?: ProxySettings | null;
  /** Maximum number of requests in flight. */
  readonly concurrency: number;
  /** Whether requests accept gzip. Encoded responses are decoded in any case. */
  readonly compression: boolean;
  /** Maximum age of a cached response; 0 disables the cache. */
  readonly cacheTtlMs: number;
  /** Maximum age of a cached response that is served when the upstream fails; 0 disables stale-if-error. */
  readonly staleIfErrorMs: number;
  /** What the instances that use the account share; without it, each works by itself. */
  readonly shared?: SharedState;
  /** Whether requests continue the trace of their operation, if there is one: `traceparent`. */
  readonly traceparent?: boolean;
  readonly log: UpstreamLog;
  readonly observer?: UpstreamObserver;
}

export const silentObserver: UpstreamObserver = {
  attempt() {},
  retry() {},
  waited() {},
  drift() {},
  response() {},
  token() {},
  walk() {},
};
