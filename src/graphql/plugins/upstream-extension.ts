import type { ExecutionResult } from '@graphql-tools/utils';
import { isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga';
import { type Cost, noCost } from '../../upstream/upstream.js';
import type { GatewayContext } from '../context.js';

const NO_COST = noCost();

/** Adds the usage of the operation to each response: `extensions.upstream`. */
export function useUpstreamExtension(): Plugin {
  return {
    onExecutionResult({ result, setResult, context }) {
      // An operation that was rejected before execution has no context and no usage.
      // Each event of a subscription has a usage of its own.
      const cost = () => (context as Partial<GatewayContext>).cost ?? NO_COST;
      if (isAsyncIterable<ExecutionResult>(result)) {
        // The usage of an incremental response is known with its last part.
        setResult(mapAsyncIterator(result, (part) => (isLast(part) ? withCost(part, cost()) : part)));
      } else if (result !== undefined) {
        setResult(withCost(result, cost()));
      }
    },
    onResultProcess({ result, setResult }) {
      // Requests that are rejected before execution, such as invalid JSON, only reach this hook.
      if (!Array.isArray(result) && !isAsyncIterable(result) && result.extensions?.upstream === undefined) {
        setResult(withCost(result, NO_COST));
      }
    },
  };
}

/** Returns the usage that `extensions.upstream` shows. */
export function upstreamExtension({ requests, retries, cacheHits, staleMs }: Cost): object {
  return staleMs > 0 ? { requests, retries, cacheHits, staleMs } : { requests, retries, cacheHits };
}

function withCost(result: ExecutionResult, cost: Cost): ExecutionResult {
  return { ...result, extensions: { ...result.extensions, upstream: upstreamExtension(cost) } };
}

function isLast(part: ExecutionResult): boolean {
  return !('hasNext' in part) || part.hasNext === false;
}
