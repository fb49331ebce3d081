import type { Plugin } from 'graphql-yoga';
import type { FastPath } from './index.js';

/** Tells the fast path of every operation that Yoga executes. */
export function useFastPath(fastPath: FastPath): Plugin {
  return {
    onExecute({ args: { document, operationName, variableValues } }) {
      fastPath.recordExecution(document, operationName, variableValues ?? {});
    },
  };
}
