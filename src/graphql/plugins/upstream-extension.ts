import type { ExecutionResult } from '@graphql-tools/utils';
import { isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga';
import { type Cost, noCost } from '../../upstream/upstream.js';
import type { GatewayContext } from '../context.js';

const NOTHING = noCost();

/** Tells in every answer what it has cost upstream (contract 4): `extensions.upstream`. */
export function useUpstreamExtension(): Plugin {
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

/** What clients are told of a cost (contract 4). */
export function upstreamExtension({ requests, retries, cacheHits, staleMs }: Cost): object {
  return staleMs > 0 ? { requests, retries, cacheHits, staleMs } : { requests, retries, cacheHits };
}

function withCost(result: ExecutionResult, cost: Cost): ExecutionResult {
  return { ...result, extensions: { ...result.extensions, upstream: upstreamExtension(cost) } };
}

function isLast(part: ExecutionResult): boolean {
  return !('hasNext' in part) || part.hasNext === false;
}
