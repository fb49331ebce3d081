import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A received request and its response. */
export interface Received {
  /** Counted from 1. */
  readonly number: number;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly response: ServerResponse;
  /** Settles when the client has closed the connection, or the response has been sent. */
  readonly closed: Promise<unknown>;
}

const PROBE = '/probe';

export type Answering = (request: Received) => void;

/** An HTTP server on a loopback port that records its requests. */
export class StubServer {
  readonly received: Received[] = [];
  /** Number of requests without a response, now and at most. */
  open = 0;
  mostOpen = 0;
  answer: Answering;
  readonly #server: Server;
  readonly #watchers = new Set<() => void>();

  private constructor(answer: Answering) {
    this.answer = answer;
    this.#server = createServer((message, response) => void this.#receive(message, response));
  }

  static async start(answer: Answering = () => {}): Promise<StubServer> {
    const stub = new StubServer(answer);
    stub.#server.listen(0, '127.0.0.1');
    await once(stub.#server, 'listening');
    return stub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Waits for the request with this number to arrive. */
  async request(number: number): Promise<Received> {
    for (;;) {
      const request = this.received[number - 1];
      if (request !== undefined) return request;
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  /** Sends a request that is not recorded, so that all requests sent before have arrived. */
  async roundTrip(): Promise<void> {
    await (await fetch(`${this.url}${PROBE}`)).text();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #receive(message: IncomingMessage, response: ServerResponse): Promise<void> {
    if (message.url === PROBE) {
      response.end();
      return;
    }
    let body = '';
    for await (const chunk of message) body += chunk;
    this.open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    const closed = once(response, 'close').then(() => {
      this.open -= 1;
    });
    const { method = '', url = '', headers } = message;
    const request = { number: this.received.length + 1, method, path: url, headers, body, response, closed };
    this.received.push(request);
    for (const wake of this.#watchers) wake();
    this.#watchers.clear();
    this.answer(request);
  }
}

export function sendJson(
  { response }: Pick<Received, 'response'>,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
