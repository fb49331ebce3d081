import type { ExecutionResult } from '@graphql-tools/utils';
import { useDeferStream } from '@graphql-yoga/plugin-defer-stream';
import type { GraphQLError } from 'graphql';
import { isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga';

/** A part of an answer that is sent when it is ready. */
interface Part extends ExecutionResult {
  readonly incremental?: readonly ExecutionResult[];
}

/**
 * Lets a client have slow fields later in the same answer, by `@defer`.
 *
 * @param toClientError - makes of an error what the client may see. Errors of the whole answer have been through
 *   it when this plugin sees them; those of deferred parts are passed on as they are by everything else.
 */
export function useDefer(toClientError: (error: unknown) => GraphQLError): Plugin {
  const masked = (part: Part): Part =>
    part.incremental === undefined ? part : { ...part, incremental: part.incremental.map(maskedOne) };
  const maskedOne = (result: ExecutionResult): ExecutionResult =>
    result.errors === undefined ? result : { ...result, errors: result.errors.map(toClientError) };
  return {
    onPluginInit({ addPlugin }) {
      addPlugin(useDeferStream() as Plugin);
    },
    onExecutionResult({ result, setResult }) {
      if (isAsyncIterable<Part>(result)) setResult(mapAsyncIterator(result, masked));
    },
  };
}
