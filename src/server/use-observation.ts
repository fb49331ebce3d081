import type { ExecutionResult } from '@graphql-tools/utils';
import { getOperationAST } from 'graphql';
import { isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { GatewayContext } from '../context.js';
import type { HttpContext } from './http-context.js';
import type { Metrics } from './metrics.js';
import { codesOf, safeName } from './outcome.js';

/** An answer, or with `@defer` a part of one. */
type Part = ExecutionResult & {
  readonly hasNext?: boolean;
  readonly incremental?: readonly ExecutionResult[];
};

/** What has become known of a request by the time it is answered. */
type Answered = HttpContext & Partial<GatewayContext>;

/**
 * Counts and logs every operation once, when it is answered. Of what the client sent only the operation's name is
 * logged; never variables, documents or headers.
 */
export function useObservation(metrics: Metrics, log: Logger): Plugin<GatewayContext, HttpContext> {
  function record(context: Answered, request: Request, parts: readonly ExecutionResult[]): void {
    const { startedAt, operationName: operation, viewer, cost } = context;
    const ms = performance.now() - (startedAt ?? performance.now());
    // Whoever has gone away sees none of it, whatever became of it.
    const codes = request.signal.aborted ? ['CANCELLED'] : codesOf(parts);
    const outcome = codes[0] ?? 'ok';
    metrics.operation({ outcome, seconds: ms / 1000, cacheHits: cost?.cacheHits ?? 0 });
    const level = codes.length > 0 ? 'info' : 'debug';
    if (!log.isLevelEnabled(level)) return;
    const facts = { operation, codes, ms: Math.round(ms), caller: viewer?.name };
    log[level]({ ...facts, upstreamRequests: cost?.requests ?? 0, retries: cost?.retries ?? 0 }, 'operation');
  }

  return {
    onRequestParse({ serverContext }) {
      serverContext.startedAt = performance.now();
    },
    onExecute({ args }) {
      const { document, operationName, contextValue } = args;
      const name = safeName(getOperationAST(document, operationName)?.name?.value);
      if (name !== undefined) Object.assign(contextValue, { operationName: name });
    },
    onResultProcess({ request, result, setResult, serverContext }) {
      if (!isAsyncIterable<Part>(result)) {
        record(serverContext, request, Array.isArray(result) ? result : [result]);
        return;
      }
      const seen: ExecutionResult[] = [];
      setResult(
        mapAsyncIterator(result, (part) => {
          seen.push(part, ...(part.incremental ?? []));
          if (part.hasNext === false) record(serverContext, request, seen);
          return part;
        }),
      );
    },
  };
}
