import type { AbortSignalLike } from '../../util/abort.js';
import type { Authorizer } from './authorizer.js';

/**
 * Credentials that can be replaced while requests are in flight. A request that the upstream rejects because it still had
 * the former ones is repeated with the present ones.
 */
export class ReplaceableAuthorizer implements Authorizer {
  #current: Authorizer;

  constructor(first: Authorizer) {
    this.#current = first;
  }

  /** A token request of the former authorizer that is in flight still serves those that wait for it. */
  replace(next: Authorizer): void {
    this.#current = next;
  }

  credential(signal: AbortSignalLike): string | Promise<string> {
    return this.#current.credential(signal);
  }

  accepted(credential: string): void {
    this.#current.accepted(credential);
  }

  rejected(credential: string, status: number | undefined): boolean | Promise<boolean> {
    return this.#current.rejected(credential, status);
  }

  close(): void {
    this.#current.close();
  }
}
