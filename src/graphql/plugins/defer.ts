import { type ExecutionResult, GraphQLDeferDirective } from '@graphql-tools/utils';
import { useDeferStream } from '@graphql-yoga/plugin-defer-stream';
import { type DocumentNode, type GraphQLError, GraphQLSchema, visit } from 'graphql';
import { isAsyncIterable, mapAsyncIterator, type Plugin, type YogaInitialContext } from 'graphql-yoga';
import { responseTypesFor } from '../../http/response-types.js';
import { getOrCreate } from '../../util/get-or-create.js';

/** A part of an incremental response. */
interface Part extends ExecutionResult {
  readonly incremental?: readonly ExecutionResult[];
}

/**
 * Supports `@defer`. For a client that does not accept incremental responses, the operation is executed without
 * `@defer`, so that all its upstream requests are sent together.
 *
 * @param toClientError - masks an error. Yoga masks errors of the initial result, but not those of deferred parts.
 */
export function useDefer(toClientError: (error: unknown) => GraphQLError): Plugin<YogaInitialContext> {
  const masked = (part: Part): Part =>
    part.incremental === undefined ? part : { ...part, incremental: part.incremental.map(maskedOne) };
  const maskedOne = (result: ExecutionResult): ExecutionResult =>
    result.errors === undefined ? result : { ...result, errors: result.errors.map(toClientError) };
  return {
    onPluginInit({ addPlugin }) {
      // The plugin would also add `@stream` to the schema, which no list supports.
      const { onSchemaChange: _withStream, ...rules } = useDeferStream() as Plugin;
      addPlugin(rules);
    },
    onSchemaChange({ schema, replaceSchema }) {
      if (schema.getDirective('defer') == null) replaceSchema(withDefer(schema));
    },
    onExecute({ args, executeFn, setExecuteFn }) {
      const { document, contextValue } = args;
      const accept = contextValue.request.headers.get('accept') ?? undefined;
      if ((responseTypesFor(accept)?.parts ?? null) !== null) return;
      const undeferred = withoutDefer(document);
      if (undeferred !== document) setExecuteFn((given) => executeFn({ ...given, document: undeferred }));
    },
    onExecutionResult({ result, setResult }) {
      if (isAsyncIterable<Part>(result)) setResult(mapAsyncIterator(result, masked));
    },
  };
}

function withDefer(schema: GraphQLSchema): GraphQLSchema {
  const { directives, ...config } = schema.toConfig();
  const undeferred = new GraphQLSchema({ ...config, directives: [...directives, GraphQLDeferDirective] });
  undeferred.extensions = schema.extensions;
  return undeferred;
}

/** Documents without `@defer`, by the parsed document that Yoga caches. */
const undeferredDocuments = new WeakMap<DocumentNode, DocumentNode>();

/** @returns the same document if nothing is deferred */
function withoutDefer(document: DocumentNode): DocumentNode {
  return getOrCreate(undeferredDocuments, document, () =>
    visit(document, {
      Directive: ({ name }) => (name.value === GraphQLDeferDirective.name ? null : undefined),
    }),
  );
}
