import type { IncomingMessage } from 'node:http';
import type { AbortSignalLike } from '../../util/abort.js';
import { type HeaderRecord, ShimHeaders } from './headers.js';

/** A `Request` as far as Yoga and its plugins look at one: a POST of JSON. */
export class ShimRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: ShimHeaders;
  readonly #signal: () => AbortSignalLike;
  readonly #body: () => Promise<string>;

  /**
   * @param signal - aborts when the client goes away before it is answered
   * @param body - reads the body; asked once at most
   */
  constructor(
    { method = 'POST', url, headers }: IncomingMessage,
    signal: () => AbortSignalLike,
    body: () => Promise<string>,
  ) {
    this.method = method;
    this.url = `http://localhost${url}`;
    this.headers = new ShimHeaders(headers);
    this.#signal = signal;
    this.#body = body;
  }

  get signal(): AbortSignalLike {
    return this.#signal();
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.#body());
  }
}

/** A `Response` of text, kept as it is until it is sent. */
export class ShimResponse {
  readonly status: number;
  readonly headers: ShimHeaders;
  readonly body: unknown;

  constructor(
    body: unknown = null,
    { status = 200, headers = {} }: { status?: number; headers?: HeaderRecord } = {},
  ) {
    this.body = body;
    this.status = status;
    this.headers = new ShimHeaders(headers);
  }
}
