import type { ExecutionResult } from '@graphql-tools/utils';
import { type ExecutionArgs, getOperationAST } from 'graphql';
import { isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga';
import type { HttpContext } from '../../http/context.js';
import { CALLBACK_TYPE } from '../../http/response-types.js';
import type { OperationTelemetry } from '../../observability/operation-telemetry.js';
import { codesOf, sanitizeOperationName } from '../../observability/outcome.js';
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
    onExecute: ({ args }) => describe(args),
    onSubscribe: ({ args }) => describe(args),
    onResultProcess({ request, result, setResult, serverContext }) {
      const record = (parts: readonly ExecutionResult[]) =>
        telemetry.record(serverContext, request.signal.aborted, parts);
      if (!isAsyncIterable<Part>(result)) {
        record(Array.isArray(result) ? result : [result]);
        return;
      }
      if (serverContext.operationType === 'subscription') {
        if (serverContext.eventsType === CALLBACK_TYPE) telemetry.accepted(serverContext);
        setResult(
          countedEvents(result, (hasLeft, events, codes) =>
            telemetry.subscription(serverContext, hasLeft, events, codes),
          ),
        );
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

/** Writes the name and the type of an operation into its context. */
function describe({ document, operationName: selected, contextValue }: ExecutionArgs): void {
  const operation = getOperationAST(document, selected);
  if (operation == null) return;
  const operationName = sanitizeOperationName(operation.name?.value);
  Object.assign(contextValue as object, { operationName, operationType: operation.operation });
}

/**
 * Counts the events of a subscription. Nothing else is kept of them, because a subscription can have any number.
 *
 * @param onEnd - receives whether the client has left before the end, the number of events, and their distinct error codes
 */
function countedEvents(
  events: AsyncIterable<ExecutionResult>,
  onEnd: (hasLeft: boolean, events: number, codes: readonly string[]) => void,
): AsyncIterable<ExecutionResult> {
  let hasLeft = false;
  let hasFailed = false;
  let count = 0;
  const codes = new Set<string>();
  const look = (event: ExecutionResult) => {
    count += 1;
    // A result without data is the last one.
    hasFailed ||= event.data === undefined;
    for (const code of codesOf([event])) codes.add(code);
    return event;
  };
  const counted = mapAsyncIterator(events, look, undefined, () => onEnd(hasLeft, count, [...codes]));
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => counted.next(),
      return() {
        hasLeft = !hasFailed;
        return counted.return?.() ?? Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
}
