import type { AbortSignalLike } from '../../util/abort.js';
import type { Span } from '../../util/span.js';
import type { Base } from '../base.js';
import { UpstreamError } from '../errors.js';
import type { UpstreamResponse } from '../http/response.js';

/**
 * Starts the span of an attempt.
 *
 * @param parent - `undefined`: tracing is off
 * @param template - path with placeholders: a URL has SIDs and page tokens
 * @param sent - number of attempts before this one
 */
export function attemptSpan(
  parent: Span | undefined,
  { origin, prefix }: Base,
  template: string,
  sent: number,
): Span | undefined {
  if (parent === undefined || !parent.isRecorded) return parent;
  const { hostname, port, protocol } = new URL(origin);
  const path = prefix + template;
  const attributes = {
    'http.request.method': 'GET',
    'url.template': path,
    'server.address': hostname,
    'server.port': port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
    'http.request.resend_count': sent > 0 ? sent : undefined,
  };
  return parent.child(`GET ${path}`, attributes, 'client');
}

/** Writes the result of an attempt into its span. */
export function describeAttempt(span: Span, result: UpstreamResponse<unknown> | UpstreamError): void {
  span.set({ 'http.response.status_code': result.facts.status });
  if (result instanceof UpstreamError) span.fail(result.code);
}

/** @returns the code of an error of a request or an operation, of a fixed set */
export function codeIn({ signal }: { readonly signal: AbortSignalLike }): (error: unknown) => string {
  return (error) => {
    if (error instanceof UpstreamError) return error.code;
    return signal.aborted ? 'CANCELLED' : 'OTHER';
  };
}
