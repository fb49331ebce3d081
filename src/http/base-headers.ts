import type { ServerResponse } from 'node:http';

/**
 * The headers of every response to a request, as lists of names and values in turn.
 *
 * They are attached to the response until its head is written. With `setHeader`, Node would collect all headers in an object
 * first, which takes as long as all checks of a request together.
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

/** Sets the base headers of a response. */
export function setBaseHeaders(res: ServerResponse, headers: BaseHeaders): void {
  (res as WithBaseHeaders)[KEY] = headers;
}

/** The base headers of a response; empty if they have not been set. */
export function baseHeadersOf(res: ServerResponse): BaseHeaders {
  return (res as WithBaseHeaders)[KEY] ?? NONE;
}
