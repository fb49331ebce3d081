import type { AbortSignalLike } from '../../util/abort.js';

/** Provides the credential of upstream requests. */
export interface Authorizer {
  /**
   * Returns the credential for a request.
   *
   * @returns value of the `Authorization` header
   * @throws {UpstreamError} when no credential can be obtained; the signal's reason when it is aborted first
   */
  credential(signal: AbortSignalLike): string | Promise<string>;
  /** Reports that the upstream accepted a credential. */
  accepted(credential: string): void;
  /**
   * Reports that the upstream rejected a request with this credential.
   *
   * @param status - 401: the credential is invalid. 403: it may be invalid, or the request may be forbidden to any
   *   caller
   * @returns whether a retry makes sense, because `credential` will return another one
   */
  rejected(credential: string, status: number | undefined): boolean | Promise<boolean>;
  /** Aborts token requests in flight. */
  close(): void;
}
