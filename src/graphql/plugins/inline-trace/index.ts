import { MapperKind, mapSchema } from '@graphql-tools/utils';
import { defaultFieldResolver, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import { isAsyncIterable, type Plugin, type YogaInitialContext } from 'graphql-yoga';
import { Trace } from './trace.js';

/** Header by which a router requests a trace. */
export const TRACE_HEADER = 'apollo-federation-include-trace';

/**
 * Adds a trace of the operation to `extensions.ftv1` if the router requests it (Apollo's subgraph protocol). The
 * resolvers that measure times belong to a second schema, so that other requests are not slowed down.
 */
export function useInlineTrace(): Plugin<YogaInitialContext> {
  const traces = new WeakMap<object, Trace>();
  let traced: GraphQLSchema | undefined;
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      if (args.contextValue.request.headers.get(TRACE_HEADER) !== 'ftv1') return;
      traces.set(args.contextValue, new Trace());
      traced ??= tracedSchema(args.schema, traces);
      const schema = traced;
      setExecuteFn((given) => executeFn({ ...given, schema }));
    },
    onExecutionResult({ result, setResult, context }) {
      const trace = traces.get(context);
      // The protocol does not define traces of incremental responses.
      if (trace === undefined || result === undefined || isAsyncIterable(result)) return;
      const ftv1 = trace.finish(result.errors ?? []);
      setResult({ ...result, extensions: { ...result.extensions, ftv1 } });
    },
  };
}

function tracedSchema(schema: GraphQLSchema, traces: WeakMap<object, Trace>): GraphQLSchema {
  return mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (field) => {
      const { resolve = defaultFieldResolver } = field;
      return { ...field, resolve: timed(resolve, traces) };
    },
  });
}

function timed(
  resolve: GraphQLFieldResolver<unknown, object>,
  traces: WeakMap<object, Trace>,
): GraphQLFieldResolver<unknown, object> {
  return (source, args, context, info) => {
    const end = traces.get(context)?.begin(info);
    const value = resolve(source, args, context, info);
    if (value instanceof Promise) value.finally(end).catch(() => undefined);
    else end?.();
    return value;
  };
}
