import type { Sandbox } from '../../src/sandbox/index.js';

/** Usage in the extensions of a response. */
export interface Costs {
  readonly upstream: {
    readonly requests: number;
    readonly retries: number;
    readonly cacheHits: number;
    readonly staleMs?: number;
  };
}

/**
 * Compares the usage in responses with the requests that the upstream has counted. For concurrent operations the sums are
 * compared, because a shared request counts for one of them.
 */
export class Ledger {
  readonly #sandbox: Sandbox;
  #inFlight = 0;
  #reported = 0;
  #countedBefore = 0;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /**
   * Records that an operation is sent.
   *
   * @returns function to call with the extensions of its response
   */
  open(): (extensions: Costs | undefined) => Costs {
    if (this.#inFlight === 0) {
      this.#reported = 0;
      this.#countedBefore = this.#sandbox.requests.length;
    }
    this.#inFlight += 1;
    return (extensions) => this.#close(extensions);
  }

  #close(extensions: Costs | undefined): Costs {
    this.#inFlight -= 1;
    if (extensions?.upstream === undefined) throw new Error('the response has no usage');
    this.#reported += extensions.upstream.requests;
    const counted = this.#sandbox.requests.length - this.#countedBefore;
    if (this.#inFlight === 0 && counted !== this.#reported) {
      throw new Error(
        `the answer says that it took ${this.#reported} requests, the upstream counted ${counted}`,
      );
    }
    return extensions;
  }
}
