import {
  type DocumentNode,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  getVariableValues,
  isAbstractType,
  type OperationDefinitionNode,
  type Source,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit';
import type { Plugin } from 'graphql-yoga';
import { withPositions } from './located-errors.js';

/** Compiling takes as long as some hundred executions: it is for documents that come again. */
const RUNS_BEFORE_COMPILED = 3;

/** An operation as compiled code. */
interface Compiled {
  readonly operation: OperationDefinitionNode;
  readonly query: CompiledQuery['query'];
  readonly source: Source;
}

/** What is known of an operation: how often it has run, or its compiled form, or that it has none. */
type Known = number | Compiled | 'plain';

/**
 * Executes operations that come again as compiled code. Whatever the compiler does not know (`@defer`) is left to the
 * executor.
 */
export function useCompiledExecution(): Plugin {
  // By the parsed document, which Yoga keeps for as long as it is asked for.
  const known = new WeakMap<DocumentNode, Map<string, Known>>();
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const { document, schema, operationName } = args;
      const operations = known.get(document) ?? new Map<string, Known>();
      known.set(document, operations);
      const name = operationName ?? '';
      const present = operations.get(name) ?? 0;
      const next = typeof present === 'number' ? learn(present, schema, document, operationName) : present;
      if (next !== present) operations.set(name, next);
      if (typeof next !== 'object') return;
      setExecuteFn((given) => {
        const { rootValue, contextValue, variableValues } = given;
        // It was compiled for this schema (one that is traced is another), and has its own words for bad variables.
        const fits = given.schema === schema && variablesFit(schema, next.operation, variableValues);
        if (!fits) return executeFn(given);
        const result = next.query(rootValue, contextValue, variableValues);
        const { source } = next;
        return result instanceof Promise
          ? result.then((settled) => withPositions(settled, source))
          : withPositions(result, source);
      });
    },
  };
}

function learn(
  runs: number,
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
): Known {
  if (runs < RUNS_BEFORE_COMPILED) return runs + 1;
  const operation = getOperationAST(document, operationName);
  const source = document.loc?.source;
  if (operation == null || source === undefined || !isCompilable(schema, document)) return 'plain';
  const compiled = compileQuery(schema, document, operationName ?? undefined, {
    // Stacks are never shown, and dear to take.
    disablingCapturingStackErrors: true,
  });
  return isCompiledQuery(compiled) ? { operation, query: compiled.query, source } : 'plain';
}

/**
 * Whether compiled code answers a document as the executor does. It does not know answers in parts, and with fields
 * of an abstract type (`node`, `nodes`, `_entities`) its resolvers are told something else of the operation.
 */
function isCompilable(schema: GraphQLSchema, document: DocumentNode): boolean {
  const types = new TypeInfo(schema);
  let compilable = true;
  visit(
    document,
    visitWithTypeInfo(types, {
      Directive({ name }) {
        compilable &&= name.value !== 'defer' && name.value !== 'stream';
      },
      Field() {
        compilable &&= !isAbstractType(getNamedType(types.getType()));
      },
    }),
  );
  return compilable;
}

function variablesFit(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>> | null | undefined,
): boolean {
  return getVariableValues(schema, variableDefinitions, given ?? {}).errors === undefined;
}
