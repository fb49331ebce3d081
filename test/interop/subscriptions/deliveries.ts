/** What a client calls for each result of a subscription, and at its end. */
export interface Observer<Value> {
  readonly next: (value: Value) => void;
  readonly error: (error: unknown) => void;
  readonly complete: () => void;
}

/** What a client delivers to an observer, for a test to await. */
export class Deliveries<Value> {
  readonly observer: Observer<Value>;
  readonly #reader: ReadableStreamDefaultReader<Value>;

  constructor() {
    let observer: Observer<Value> | undefined;
    const stream = new ReadableStream<Value>({
      start(controller) {
        observer = {
          next: (value) => controller.enqueue(value),
          error: (error) => controller.error(error),
          complete: () => controller.close(),
        };
      },
    });
    if (observer === undefined) throw new Error('expected a stream to start when it is created');
    this.observer = observer;
    this.#reader = stream.getReader();
  }

  /** Resolves with the next result. Rejects with the error, or if the subscription is complete. */
  async next(): Promise<Value> {
    const { done, value } = await this.#reader.read();
    if (done) throw new Error('expected a result before the subscription is complete');
    return value;
  }

  /** Resolves when the subscription is complete. Rejects if there is another result, or an error. */
  async completed(): Promise<void> {
    const { done, value } = await this.#reader.read();
    if (!done) throw new Error(`expected no result: ${JSON.stringify(value)}`);
  }
}

/** A result as the clients have it: data, or why there is none, as one error or as a list. */
interface ClientResult<Event> {
  readonly data?: { readonly dataSessionEvents: Event } | null | undefined;
  readonly error?: unknown;
  readonly errors?: unknown;
}

/** Returns a function that resolves with the next event. It rejects for a result without one. */
export function eventsOf<Event>(deliveries: { next(): Promise<ClientResult<Event>> }): () => Promise<Event> {
  return async () => {
    const { data, error, errors } = await deliveries.next();
    if (!data) throw error ?? new Error(JSON.stringify(errors));
    return data.dataSessionEvents;
  };
}
