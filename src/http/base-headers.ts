import type { ServerResponse } from 'node:http';

/**
 * The headers that a response has whatever is answered, as lists of names and values in turn.
 *
 * They are kept beside the response until its head is written. `setHeader` would make Node collect every header in an
 * object first, and write the head from that, which takes as long as all the checks of a request together.
 */
export class BaseHeaders {
  /** For a response with one content coding. */
  readonly plain: readonly string[];
  /** For a response whose content coding depends on the request. */
  readonly negotiated: readonly string[];

  /**
   * @param headers - names and values in turn, without `Vary`
   * @param vary - headers of the request that the response depends on
   */
  constructor(headers: readonly string[], vary: readonly string[]) {
    this.plain = vary.length === 0 ? headers : [...headers, 'Vary', vary.join(', ')];
    this.negotiated = [...headers, 'Vary', [...vary, 'Accept-Encoding'].join(', ')];
  }
}

const NONE = new BaseHeaders([], []);

const KEY = Symbol('base headers');

interface WithBaseHeaders {
  [KEY]?: BaseHeaders;
}

/** Gives a response its base headers, before its head is written. */
export function setBaseHeaders(res: ServerResponse, headers: BaseHeaders): void {
  (res as WithBaseHeaders)[KEY] = headers;
}

/** The base headers of a response; none if they were not set. */
export function baseHeadersOf(res: ServerResponse): BaseHeaders {
  return (res as WithBaseHeaders)[KEY] ?? NONE;
}
