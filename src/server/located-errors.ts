import type { ExecutionResult } from '@graphql-tools/utils';
import { GraphQLError, type Source, type SourceLocation } from 'graphql';

/**
 * Compiled code tells where in a document an error belongs by line and column alone, which everything that passes
 * the error on would lose. Here it gets the document and a position back, as graphql-js has them.
 */
export function withPositions(result: ExecutionResult, source: Source): ExecutionResult {
  if (result.errors === undefined) return result;
  return { ...result, errors: result.errors.map((error) => located(error, source)) };
}

function located(error: GraphQLError, source: Source): GraphQLError {
  const { message, locations = [], path = null, originalError = null } = error;
  const positions = locations.map((location) => positionOf(location, source.body));
  return new GraphQLError(message, { source, positions, path, originalError });
}

function positionOf({ line, column }: SourceLocation, text: string): number {
  const ends = text.matchAll(/\r\n|[\n\r]/g);
  let start = 0;
  for (let at = 1; at < line; at += 1) {
    const { value: end } = ends.next();
    if (end !== undefined) start = end.index + end[0].length;
  }
  return start + column - 1;
}
