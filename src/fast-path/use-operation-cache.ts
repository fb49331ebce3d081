import type { Plugin } from 'graphql-yoga';
import type { OperationCache } from './operation-cache.js';

/** Counts the executions of operations, so that the fast path takes those that come again. */
export function useOperationCache(known: OperationCache): Plugin {
  return {
    onExecute({ args: { schema, document, operationName } }) {
      known.recordExecution(schema, document, operationName);
    },
  };
}
