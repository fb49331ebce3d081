import type { Sandbox } from '../../src/sandbox/index.js';

/** What an answer says it has cost. */
export interface Costs {
  readonly upstream: {
    readonly requests: number;
    readonly retries: number;
    readonly cacheHits: number;
    readonly staleMs?: number;
  };
}

/**
 * Holds what answers say they have cost against what the upstream has counted. Operations that overlap are
 * held to the sum of theirs: a shared flight is charged to one of them, and it does not matter to which.
 */
export class Ledger {
  readonly #sandbox: Sandbox;
  #underWay = 0;
  #told = 0;
  #countedBefore = 0;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /**
   * An operation is about to be sent.
   *
   * @returns takes what its answer says
   */
  open(): (extensions: Costs | undefined) => Costs {
    if (this.#underWay === 0) {
      this.#told = 0;
      this.#countedBefore = this.#sandbox.requests.length;
    }
    this.#underWay += 1;
    return (extensions) => this.#close(extensions);
  }

  #close(extensions: Costs | undefined): Costs {
    this.#underWay -= 1;
    if (extensions?.upstream === undefined) throw new Error('the answer does not say what it has cost');
    this.#told += extensions.upstream.requests;
    const counted = this.#sandbox.requests.length - this.#countedBefore;
    if (this.#underWay === 0 && counted !== this.#told) {
      throw new Error(`the answer says that it took ${this.#told} requests, the upstream counted ${counted}`);
    }
    return extensions;
  }
}
