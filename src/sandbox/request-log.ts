/** Long enough for any test, short enough for a process that runs for weeks. */
const MOST_ENTRIES = 10_000;

/** One request that arrived. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Arrival, on the clock of `performance.now()`, in milliseconds. */
  readonly at: number;
  /** The `Twilio-Request-Id` of its answer. */
  readonly requestId: string;
  /** Status that was sent; `null` while there is none. */
  readonly status: number | null;
  /** Whether the client went away before it had the whole answer. */
  readonly aborted: boolean;
}

/** A logged request as the server fills it in. */
export type OpenEntry = { -readonly [K in keyof LoggedRequest]: LoggedRequest[K] };

/** Requests in order of arrival (of very many only the later ones), and promises to wait for them. */
export class RequestLog {
  #entries: LoggedRequest[] = [];
  #started = new Milestones();
  #ended = new Milestones();

  get entries(): readonly LoggedRequest[] {
    return this.#entries;
  }

  /** @returns call it when the request has ended, in whatever way */
  add(entry: LoggedRequest): () => void {
    if (this.#entries.length === MOST_ENTRIES) this.#entries.splice(0, MOST_ENTRIES / 2);
    this.#entries.push(entry);
    this.#started.reach();
    // A request from before the log was cleared does not count as one of the requests since.
    const ended = this.#ended;
    return () => ended.reach();
  }

  /** Resolves once that many requests have arrived since the log was cleared. */
  started(count: number): Promise<void> {
    return this.#started.wait(count);
  }

  /** Resolves once that many of the requests since the log was cleared have ended. */
  ended(count: number): Promise<void> {
    return this.#ended.wait(count);
  }

  clear(): void {
    this.#entries = [];
    this.#started = new Milestones();
    this.#ended = new Milestones();
  }
}

/** Counts up, and tells those who wait for a number. */
class Milestones {
  #count = 0;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  reach(): void {
    this.#count += 1;
    for (const { resolve } of this.#waiting.filter(({ count }) => count <= this.#count)) resolve();
    this.#waiting = this.#waiting.filter(({ count }) => count > this.#count);
  }

  wait(count: number): Promise<void> {
    if (count <= this.#count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }
}
