import type { Plugin } from 'graphql-yoga';
import type { OperationCache } from './operation-cache.js';

/** Counts the executions of operations by Yoga, so that repeated operations are compiled. */
export function useOperationCache(operations: OperationCache): Plugin {
  return {
    onExecute({ args: { schema, document, operationName } }) {
      operations.recordExecution(schema, document, operationName);
    },
  };
}
