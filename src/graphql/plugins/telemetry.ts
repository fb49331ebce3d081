import type { ExecutionResult } from '@graphql-tools/utils';
import { getOperationAST } from 'graphql';
import { isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga';
import type { HttpContext } from '../../http/context.js';
import type { OperationTelemetry } from '../../observability/operation-telemetry.js';
import { sanitizeOperationName } from '../../observability/outcome.js';
import type { GatewayContext } from '../context.js';

/** An answer, or with `@defer` a part of one. */
type Part = ExecutionResult & {
  readonly hasNext?: boolean;
  readonly incremental?: readonly ExecutionResult[];
};

/** Shows the observer every operation that Yoga answers. */
export function useTelemetry(observer: OperationTelemetry): Plugin<GatewayContext, HttpContext> {
  return {
    onRequestParse({ serverContext }) {
      serverContext.startedAt ??= performance.now();
    },
    onExecute({ args }) {
      const { document, operationName, contextValue } = args;
      const name = sanitizeOperationName(getOperationAST(document, operationName)?.name?.value);
      if (name !== undefined) Object.assign(contextValue, { operationName: name });
    },
    onResultProcess({ request, result, setResult, serverContext }) {
      const record = (parts: readonly ExecutionResult[]) =>
        observer.record(serverContext, request.signal.aborted, parts);
      if (!isAsyncIterable<Part>(result)) {
        record(Array.isArray(result) ? result : [result]);
        return;
      }
      const seen: ExecutionResult[] = [];
      setResult(
        mapAsyncIterator(result, (part) => {
          seen.push(part, ...(part.incremental ?? []));
          if (part.hasNext === false) record(seen);
          return part;
        }),
      );
    },
  };
}
