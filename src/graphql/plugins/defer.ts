import { type ExecutionResult, GraphQLDeferDirective } from '@graphql-tools/utils';
import { useDeferStream } from '@graphql-yoga/plugin-defer-stream';
import { type DocumentNode, type GraphQLError, GraphQLSchema, visit } from 'graphql';
import { isAsyncIterable, mapAsyncIterator, type Plugin, type YogaInitialContext } from 'graphql-yoga';
import { responseTypesFor } from '../../http/response-types.js';

/** A part of an answer that is sent when it is ready. */
interface Part extends ExecutionResult {
  readonly incremental?: readonly ExecutionResult[];
}

/**
 * Lets a client have slow fields later in the same answer, by `@defer`. A client that does not accept an answer in
 * parts gets it in one piece: the operation is executed as if nothing were deferred, so that all of it is requested
 * together.
 *
 * @param toClientError - makes of an error what the client may see. Errors of the whole answer have been through
 *   it when this plugin sees them; those of deferred parts are passed on as they are by everything else.
 */
export function useDefer(toClientError: (error: unknown) => GraphQLError): Plugin<YogaInitialContext> {
  const masked = (part: Part): Part =>
    part.incremental === undefined ? part : { ...part, incremental: part.incremental.map(maskedOne) };
  const maskedOne = (result: ExecutionResult): ExecutionResult =>
    result.errors === undefined ? result : { ...result, errors: result.errors.map(toClientError) };
  return {
    onPluginInit({ addPlugin }) {
      // Its schema would have `@stream`, too, which no list here supports.
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
      const whole = withoutDefer(document);
      if (whole !== document) setExecuteFn((given) => executeFn({ ...given, document: whole }));
    },
    onExecutionResult({ result, setResult }) {
      if (isAsyncIterable<Part>(result)) setResult(mapAsyncIterator(result, masked));
    },
  };
}

function withDefer(schema: GraphQLSchema): GraphQLSchema {
  const { directives, ...config } = schema.toConfig();
  const whole = new GraphQLSchema({ ...config, directives: [...directives, GraphQLDeferDirective] });
  whole.extensions = schema.extensions;
  return whole;
}

/** By the parsed document, which Yoga keeps for as long as it is asked for. */
const wholeDocuments = new WeakMap<DocumentNode, DocumentNode>();

/** @returns the same document where nothing is deferred */
function withoutDefer(document: DocumentNode): DocumentNode {
  let whole = wholeDocuments.get(document);
  if (whole === undefined) {
    whole = visit(document, {
      Directive: ({ name }) => (name.value === GraphQLDeferDirective.name ? null : undefined),
    });
    wholeDocuments.set(document, whole);
  }
  return whole;
}
