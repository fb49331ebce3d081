/** How the gateway shows the upstream who it is. */
export type AuthSettings =
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | {
      readonly kind: 'client-credentials';
      readonly clientId: string;
      readonly clientSecret: string;
      readonly tokenUrl: string;
    };

/** The part of a pino logger that is used here. Bodies, URLs, hosts and credentials are never logged. */
export interface UpstreamLog {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** How one attempt ended: by class of status, or by why there was none. */
export type AttemptOutcome = '2xx' | '3xx' | '4xx' | '429' | '5xx' | 'timeout' | 'broken' | 'cancelled';

export type BreakerState = 'closed' | 'open' | 'half-open';

/** Is told what happens, for metrics. An error that it throws is logged, and changes nothing for the request. */
export interface UpstreamObserver {
  /** @param durationMs - from when the request was let out to the end of its body */
  attempt(outcome: AttemptOutcome, durationMs: number): void;
  /** A request is about to be repeated. */
  retry(): void;
  breaker(state: BreakerState): void;
  /** An enum member brought a value that the gateway does not know yet. */
  drift(field: string): void;
}

export interface UpstreamSettings {
  readonly dialect: 'twilio' | 'kore';
  /** Where requests go; may have a path prefix, and a slash at its end. */
  readonly baseUrl: string;
  /** What the upstream calls itself in page URLs, when that differs from `baseUrl`. */
  readonly publicBaseUrl: string;
  readonly auth: AuthSettings;
  /** Limit of one attempt, headers and body together, from when it is let out. */
  readonly attemptTimeoutMs: number;
  /** Requests in flight, at most. */
  readonly concurrency: number;
  /** Whether answers are asked for in gzip. What comes encoded without that is decoded all the same. */
  readonly compression: boolean;
  /** How old an answer may be; 0: every answer is a new one. */
  readonly cacheTtlMs: number;
  /** How old an answer may be when the upstream fails; 0: none is kept for that. */
  readonly staleIfErrorMs: number;
  readonly log: UpstreamLog;
  readonly observer?: UpstreamObserver;
}

export const silentObserver: UpstreamObserver = {
  attempt() {},
  retry() {},
  breaker() {},
  drift() {},
};
