/** Requests to another process that wait for their responses. */
export class Pending<Response> {
  readonly #waiting = new Map<number, (response: Response | null) => void>();
  readonly #limitMs: number;
  #last = 0;

  /** @param limitMs - how long a response is awaited */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /**
   * Sends a request.
   *
   * @param send - sends it with an ID, which the response has to bring
   * @returns the response; `null` if none came in time
   */
  request(send: (id: number) => void): Promise<Response | null> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.settle(id, null), this.#limitMs);
      this.#waiting.set(id, (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      send(id);
    });
  }

  /** Passes a response on. One that came too late is ignored. */
  settle(id: number, response: Response | null): void {
    this.#waiting.get(id)?.(response);
    this.#waiting.delete(id);
  }
}
