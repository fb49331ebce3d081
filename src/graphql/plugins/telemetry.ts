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
export function useTelemetry(telemetry: OperationTelemetry): Plugin<GatewayContext, HttpContext> {
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
