/** Kinds of failed upstream requests. They are the values of `extensions.code`. */
export type UpstreamErrorCode =
  | 'RATE_LIMITED'
  | 'UPSTREAM_TIMEOUT'
  | 'UPSTREAM_UNAVAILABLE'
  | 'UPSTREAM_UNAUTHORIZED'
  | 'UPSTREAM_BAD_RESPONSE';

/** Details of an error that may be exposed: numbers and the upstream's request ID, never the body. */
export interface UpstreamErrorDetails {
  readonly status?: number;
  /** The upstream's own error code: 20429, 33103, … */
  readonly code?: number;
  readonly requestId?: string;
}

/** An upstream request that failed after all retries. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';

  /**
   * @param message - safe for any client: contains no credential, no body and no URL
   * @param retryAfter - seconds after which a retry makes sense, if known
   * @param network - why there is no response: an error code of Node, of its TLS, or of undici. For operators only
   */
  constructor(
    readonly code: UpstreamErrorCode,
    message: string,
    readonly facts: UpstreamErrorDetails = {},
    readonly retryAfter?: number,
    readonly network?: string,
  ) {
    super(message);
  }
}

/** Returns the error of requests that the end of the process aborts, or does not allow any more. */
export function gatewayStopping(): UpstreamError {
  return new UpstreamError('UPSTREAM_UNAVAILABLE', 'The gateway is stopping.');
}
