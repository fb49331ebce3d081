/** Large enough for any test, and bounded for a process that runs for weeks. */
const MAX_ENTRIES = 10_000;

/** One received request. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Time of arrival, in the time of `performance.now()`. */
  readonly at: number;
  /** The `Twilio-Request-Id` of its response. */
  readonly requestId: string;
  /** Status of the response; `null` before it is sent. */
  readonly status: number | null;
  /** Whether the client disconnected before the response was complete. */
  readonly aborted: boolean;
}

/** Mutable log entry of a request in flight. */
export type OpenEntry = { -readonly [K in keyof LoggedRequest]: LoggedRequest[K] };

/** Recent requests in order of arrival, and promises that wait for a number of requests. */
export class RequestLog {
  #entries: LoggedRequest[] = [];
  #started = new CountLatch();
  #ended = new CountLatch();

  get entries(): readonly LoggedRequest[] {
    return this.#entries;
  }

  /** Adds a request. @returns function to call when the request has ended */
  add(entry: LoggedRequest): () => void {
    if (this.#entries.length === MAX_ENTRIES) this.#entries.splice(0, MAX_ENTRIES / 2);
    this.#entries.push(entry);
    this.#started.increment();
    // A request from before `clear` must not count for the latch that `clear` has created.
    const ended = this.#ended;
    return () => ended.increment();
  }

  /** Resolves when `count` requests have arrived since the log was cleared. */
  started(count: number): Promise<void> {
    return this.#started.wait(count);
  }

  /** Resolves when `count` of the requests since the log was cleared have ended. */
  ended(count: number): Promise<void> {
    return this.#ended.wait(count);
  }

  clear(): void {
    this.#entries = [];
    this.#started = new CountLatch();
    this.#ended = new CountLatch();
  }
}

/** A counter that resolves promises when it reaches a number. */
class CountLatch {
  #count = 0;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  increment(): void {
    this.#count += 1;
    for (const { resolve } of this.#waiting.filter(({ count }) => count <= this.#count)) resolve();
    this.#waiting = this.#waiting.filter(({ count }) => count > this.#count);
  }

  wait(count: number): Promise<void> {
    if (count <= this.#count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }
}
