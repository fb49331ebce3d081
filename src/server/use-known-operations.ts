import type { Plugin } from 'graphql-yoga';
import type { KnownOperations } from './known-operations.js';

/** Lets operations that Yoga runs become known, for the direct way. */
export function useKnownOperations(known: KnownOperations): Plugin {
  return {
    onExecute({ args: { schema, document, operationName, variableValues } }) {
      known.note(schema, document, operationName, variableValues ?? {});
    },
  };
}
