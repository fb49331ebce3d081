import type { ExecutionResult, GraphQLFormattedError } from 'graphql';

/** A result as a client may see it. */
export interface PublicResult {
  readonly data?: ExecutionResult['data'];
  readonly errors?: readonly GraphQLFormattedError[];
  readonly extensions?: ExecutionResult['extensions'];
}

/**
 * Returns what a client is sent of a result. `extensions.http` of an error says what the status and the headers of the whole
 * response are, which an event has not. Yoga removes it from responses in one part only.
 */
export function publicResult({ data, errors, extensions }: ExecutionResult): PublicResult {
  return {
    ...(data !== undefined && { data }),
    ...(errors !== undefined && { errors: errors.map((error) => withoutHttp(error.toJSON())) }),
    ...(extensions !== undefined && { extensions }),
  };
}

function withoutHttp({ extensions, ...error }: GraphQLFormattedError): GraphQLFormattedError {
  if (extensions === undefined) return error;
  const { http: _ofResponse, ...rest } = extensions;
  return { ...error, extensions: rest };
}
