import type { IncomingMessage } from 'node:http';
import type { AbortSignalLike } from '../../util/abort.js';
import { type HeaderRecord, ShimHeaders } from './headers.js';

/** The part of `Request` that Yoga and its plugins use, for a POST of JSON or a GET. */
export class ShimRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: ShimHeaders;
  readonly #signal: () => AbortSignalLike;
  readonly #body: () => Promise<string>;

  /**
   * @param signal - returns a signal that is aborted when the client disconnects
   * @param body - reads the body; called once at most
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

/** The part of `Response` that Yoga uses: a body of text, or a stream. */
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

  async text(): Promise<string> {
    return this.body === null ? '' : String(this.body);
  }
}
