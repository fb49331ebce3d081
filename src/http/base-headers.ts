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

/** Of a response that depends on nothing in the request. */
export const NO_BASE_HEADERS = new BaseHeaders([], []);

const HEADERS = Symbol('base headers');
const REQUEST_ID = Symbol('request ID');

interface WithBaseHeaders {
  [HEADERS]?: BaseHeaders;
  [REQUEST_ID]?: string;
}

/** Sets the base headers of a response, and the ID of its request. */
export function setBaseHeaders(res: ServerResponse, headers: BaseHeaders, requestId: string): void {
  const target = res as WithBaseHeaders;
  target[HEADERS] = headers;
  target[REQUEST_ID] = requestId;
}

/** ID of the request that a response belongs to; empty before the router has seen it. */
export function requestIdFor(res: ServerResponse): string {
  return (res as WithBaseHeaders)[REQUEST_ID] ?? '';
}

/**
 * The head of a response as a list of names and values in turn, which the caller may extend.
 *
 * @param negotiated - whether the content coding depends on the request
 */
export function baseHead(res: ServerResponse, negotiated = false): string[] {
  const { [HEADERS]: headers = NO_BASE_HEADERS, [REQUEST_ID]: requestId } = res as WithBaseHeaders;
  const head = (negotiated ? headers.negotiated : headers.plain).slice();
  if (requestId !== undefined) head.push('X-Request-Id', requestId);
  return head;
}
