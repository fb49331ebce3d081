import type { IncomingMessage, ServerResponse } from 'node:http';
import { Abort } from '../../upstream/abort.js';
import { type HeaderRecord, LeanHeaders } from './lean-headers.js';

/** A `Request` as far as Yoga and its plugins look at one: a POST of JSON. */
export class LeanRequest {
  readonly method = 'POST';
  readonly url: string;
  readonly headers: LeanHeaders;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #signal: Abort | undefined;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.url = `http://localhost${request.url}`;
    this.headers = new LeanHeaders(request.headers);
    this.#request = request;
    this.#response = response;
  }

  /** Aborts when the client goes away before it is answered. */
  get signal(): Abort {
    this.#signal ??= signalOf(this.#response);
    return this.#signal;
  }

  /** Reads the body, once. */
  text(): Promise<string> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      this.#request.on('data', (chunk: Buffer) => chunks.push(chunk));
      this.#request.once('end', () => {
        const [first] = chunks;
        resolve((chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)).toString());
      });
      this.#request.once('error', reject);
    });
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
}

function signalOf(response: ServerResponse): Abort {
  const abort = new Abort();
  response.once('close', () => {
    if (!response.writableFinished) abort.abort(new DOMException('The client has gone away.', 'AbortError'));
  });
  return abort;
}

/** A `Response` of text, kept as it is until it is sent. */
export class LeanResponse {
  readonly status: number;
  readonly headers: LeanHeaders;
  readonly body: unknown;

  constructor(
    body: unknown = null,
    { status = 200, headers = {} }: { status?: number; headers?: HeaderRecord } = {},
  ) {
    this.body = body;
    this.status = status;
    this.headers = new LeanHeaders(headers);
  }
}
