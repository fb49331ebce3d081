import type { Plugin } from 'graphql-yoga';
import type { KnownOperations } from './known-operations.js';

/** Executes operations that come again as compiled code; all others are left to the executor. */
export function useCompiledExecution(known: KnownOperations): Plugin {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const operation = known.note(args.schema, args.document, args.operationName);
      if (operation === null) return;
      setExecuteFn((given) => {
        const variables = given.variableValues ?? {};
        // It was compiled for this schema: one that is traced is another.
        const fits = given.schema === operation.schema && operation.fits(variables);
        return fits ? operation.run(given.rootValue, given.contextValue, variables) : executeFn(given);
      });
    },
  };
}
