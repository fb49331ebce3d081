import type { ExecutionResult } from '@graphql-tools/utils';

/** Codes that answers can have: contract 4's, GraphQL's own, and those of GraphQL over HTTP. */
const CODES: ReadonlySet<unknown> = new Set([
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

/** Stands for a code that is not among them: metrics and logs only have words of ours. */
const OTHER = 'OTHER';

/** The codes of an answer's errors, each once, in order. */
export function codesOf(results: readonly ExecutionResult[]): readonly string[] {
  if (results.length === 0) return [];
  const codes = results.flatMap(({ errors = [] }) => errors.map(({ extensions }) => extensions?.code));
  return [...new Set(codes.map((code) => (CODES.has(code) ? String(code) : OTHER)))];
}

/** What may be repeated of the name that a client gives its operation. */
export function sanitizeOperationName(name: string | null | undefined): string | undefined {
  return name?.replace(/\W/g, '').slice(0, 64) || undefined;
}
