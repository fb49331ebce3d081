import type { ExecutionResult } from '@graphql-tools/utils';
import { getOperationAST } from 'graphql';
import { isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga';
import type { HttpContext } from '../../http/context.js';
import type { OperationTelemetry } from '../../observability/operation-telemetry.js';
import { sanitizeOperationName } from '../../observability/outcome.js';
import type { GatewayContext } from '../context.js';

/** A response or, with `@defer`, a part of one. */
type Part = ExecutionResult & {
  readonly incremental?: readonly ExecutionResult[];
};

/** Records each operation that Yoga executes. */
export function useTelemetry(
  telemetry: OperationTelemetry,
  tracesDocuments: boolean,
): Plugin<GatewayContext, HttpContext> {
  return {
    onRequestParse({ serverContext }) {
      serverContext.startedAt ??= performance.now();
    },
    onParse({ context, params: { source } }) {
      const document = typeof source === 'string' ? source : source.body;
      if (tracesDocuments) Object.assign(context, { document });
    },
    onExecute({ args }) {
      const { document, contextValue } = args;
      const operation = getOperationAST(document, args.operationName);
      if (operation == null) return;
      const operationName = sanitizeOperationName(operation.name?.value);
      Object.assign(contextValue, { operationName, operationType: operation.operation });
    },
    onResultProcess({ request, result, setResult, serverContext }) {
      const record = (parts: readonly ExecutionResult[]) =>
        telemetry.record(serverContext, request.signal.aborted, parts);
      if (!isAsyncIterable<Part>(result)) {
        record(Array.isArray(result) ? result : [result]);
        return;
      }
      const parts: ExecutionResult[] = [];
      const keep = (part: Part) => {
        parts.push(part, ...(part.incremental ?? []));
        return part;
      };
      // The iterator also ends when the client disconnects between two parts.
      setResult(mapAsyncIterator(result, keep, undefined, () => record(parts)));
    },
  };
}
