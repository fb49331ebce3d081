/** A round-robin balancer in front of gateways, as a function: it tries the next one when a connection fails. */
export class Balancer {
  /** Responses of each gateway. */
  readonly served: number[];
  readonly #urls: readonly string[];
  #next = 0;

  constructor(urls: readonly string[]) {
    this.#urls = urls;
    this.served = urls.map(() => 0);
  }

  /** Sends an operation. */
  async post(body: unknown): Promise<unknown> {
    const first = this.#next;
    this.#next += 1;
    for (let failed = 0; ; failed += 1) {
      const index = (first + failed) % this.#urls.length;
      try {
        const response = await fetch(`${this.#urls[index]}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        const result: unknown = await response.json();
        this.served[index] = (this.served[index] ?? 0) + 1;
        return result;
      } catch (error) {
        if (failed === this.#urls.length - 1) throw error;
      }
    }
  }
}
