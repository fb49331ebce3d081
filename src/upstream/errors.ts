/** Why the upstream gave no usable answer. The names are the `extensions.code` of contract 4. */
export type UpstreamErrorCode =
  | 'RATE_LIMITED'
  | 'UPSTREAM_TIMEOUT'
  | 'UPSTREAM_UNAVAILABLE'
  | 'UPSTREAM_UNAUTHORIZED'
  | 'UPSTREAM_BAD_RESPONSE';

/** What may be told of the upstream's answer: numbers and its request id, never its body. */
export interface UpstreamErrorDetails {
  readonly status?: number;
  /** The upstream's own error code: 20429, 33103, … */
  readonly code?: number;
  readonly requestId?: string;
}

/** A request to the upstream that brought no usable answer, after whatever retries were due. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';

  /**
   * @param message - safe to show to any client: no credential, no body, no URL
   * @param retryAfter - seconds after which another try makes sense, where that is known
   */
  constructor(
    readonly code: UpstreamErrorCode,
    message: string,
    readonly facts: UpstreamErrorDetails = {},
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}
