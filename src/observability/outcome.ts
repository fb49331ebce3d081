import type { ExecutionResult } from '@graphql-tools/utils';

/** Error codes of the gateway, of Yoga and of GraphQL over HTTP. */
const CODES: ReadonlySet<string> = new Set([
  'BAD_USER_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_UNAUTHORIZED',
  'UPSTREAM_BAD_RESPONSE',
  'CURSOR_EXPIRED',
  'BAD_REQUEST',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'INTERNAL_SERVER_ERROR',
]);

/** Replaces any other code, so that metric labels and log fields have a fixed set of values. */
const OTHER = 'OTHER';

/** Returns the distinct error codes of a response, in order. */
export function codesOf(results: readonly ExecutionResult[]): readonly string[] {
  if (results.length === 0) return [];
  const codes = results.flatMap(({ errors = [] }) => errors.map(({ extensions }) => extensions?.code));
  return [...new Set(codes.map((code) => (typeof code === 'string' && CODES.has(code) ? code : OTHER)))];
}

/** Codes of faults that an operator has to look at. */
const FAULTS: ReadonlySet<string> = new Set(['UPSTREAM_UNAUTHORIZED', 'INTERNAL_SERVER_ERROR', OTHER]);

/** Returns the log level of an operation by its error codes. Errors of the client's input are no problem of the gateway. */
export function levelOf(codes: readonly string[]): 'info' | 'warn' | 'error' {
  if (codes.length === 0) return 'info';
  if (codes.some((code) => FAULTS.has(code))) return 'error';
  return codes.some((code) => code === 'RATE_LIMITED' || code.startsWith('UPSTREAM_')) ? 'warn' : 'info';
}

/** Outcomes of operations that fail for other reasons than their clients. */
export const FAILURES: readonly string[] = [...CODES, OTHER].filter((code) => levelOf([code]) !== 'info');

/** Returns an operation name without characters that are unsafe in logs, truncated to 64 characters. */
export function sanitizeOperationName(name: string | null | undefined): string | undefined {
  return name?.replace(/\W/g, '').slice(0, 64) || undefined;
}
