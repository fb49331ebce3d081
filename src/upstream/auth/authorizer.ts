import type { AbortSignalLike } from '../../util/abort.js';

/** Shows the upstream who asks. */
export interface Authorizer {
  /**
   * @returns value of the `Authorization` header
   * @throws {UpstreamError} when it cannot be had; the signal's reason when that is aborted first
   */
  credential(signal: AbortSignalLike): string | Promise<string>;
  /** The upstream took this credential. */
  accepted(credential: string): void;
  /**
   * The upstream refused this credential.
   *
   * @returns whether another try makes sense, because `credential` will bring another one
   */
  refused(credential: string): boolean;
  /** Ends what is under way. */
  close(): void;
}
