import type { ExecutionResult } from '@graphql-tools/utils';
import { isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../context.js';
import type { Cost } from '../upstream/upstream.js';

const NOTHING: Cost = { requests: 0, retries: 0, cacheHits: 0, staleMs: 0 };

/** Tells in every answer what it has cost upstream (contract 4): `extensions.upstream`. */
export function useCost(): Plugin {
  return {
    onExecutionResult({ result, setResult, context }) {
      // An operation that was refused before it ran has no context of its own, and cost nothing.
      const cost = (context as Partial<GatewayContext>).cost ?? NOTHING;
      if (isAsyncIterable<ExecutionResult>(result)) {
        // An answer in parts: what it has cost is known with the last one.
        setResult(mapAsyncIterator(result, (part) => (isLast(part) ? withCost(part, cost) : part)));
      } else if (result !== undefined) {
        setResult(withCost(result, cost));
      }
    },
    onResultProcess({ result, setResult }) {
      // What is refused before it counts as an operation, such as a body that is no JSON, comes by here alone.
      if (!Array.isArray(result) && !isAsyncIterable(result) && result.extensions?.upstream === undefined) {
        setResult(withCost(result, NOTHING));
      }
    },
  };
}

function withCost(result: ExecutionResult, { requests, retries, cacheHits, staleMs }: Cost): ExecutionResult {
  const upstream = { requests, retries, cacheHits, ...(staleMs > 0 ? { staleMs } : {}) };
  return { ...result, extensions: { ...result.extensions, upstream } };
}

function isLast(part: ExecutionResult): boolean {
  return !('hasNext' in part) || part.hasNext === false;
}
