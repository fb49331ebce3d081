import type { Plugin } from 'graphql-yoga';
import type { KnownOperations } from './operation-cache.js';

/** Counts the executions of operations, so that the fast path takes those that come again. */
export function useKnownOperations(known: KnownOperations): Plugin {
  return {
    onExecute({ args: { schema, document, operationName } }) {
      known.note(schema, document, operationName);
    },
  };
}
