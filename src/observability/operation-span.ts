import type { HttpContext } from '../http/context.js';
import type { Span } from '../util/span.js';

/** Codes of errors that the caller can correct. By the semantic conventions they do not make a server's span fail. */
const CALLERS_ERRORS: ReadonlySet<string> = new Set([
  'BAD_USER_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'CURSOR_EXPIRED',
  'BAD_REQUEST',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
]);

/**
 * Writes what is known of a completed operation into its span. The name is the type alone, because clients choose the name of
 * the operation.
 *
 * @param codes - distinct error codes of the response, of a fixed set
 */
export function describeOperation(
  span: Span,
  { operationName, operationType, document, cost }: HttpContext,
  codes: readonly string[],
): void {
  span.rename(operationType ?? 'GraphQL Operation');
  span.set({
    'graphql.operation.type': operationType,
    'graphql.operation.name': operationName,
    'graphql.document': document,
    'gateway.upstream.requests': cost?.requests ?? 0,
    'gateway.upstream.retries': cost?.retries ?? 0,
    'gateway.cache.hits': cost?.cacheHits ?? 0,
  });
  const fault = codes.find((code) => !CALLERS_ERRORS.has(code));
  if (fault !== undefined) span.fail(fault);
  else span.set({ 'error.type': codes[0] });
}
