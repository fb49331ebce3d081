import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../context.js';
import { estimateMaxPrice } from '../cost/estimate.js';
import { admissionOf } from '../cost/price.js';

/**
 * Rejects operations whose cost estimate exceeds the limit, before an upstream request is sent. Walks over whole lists share what
 * the rest of the operation leaves.
 */
export function useCostLimit(limit: number): Plugin<GatewayContext> {
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const { viewer, loaders, wallNow } = args.contextValue;
      const { required, walkPages } = admissionOf(estimateMaxPrice(args, viewer, wallNow()), limit);
      if (required > limit) setResultAndStopExecution({ errors: [costLimitExceeded(required, limit)] });
      else loaders.limitWalks(walkPages);
    },
  };
}

/** Error for an operation whose cost estimate exceeds the limit. */
export function costLimitExceeded(worstCase: number, limit: number): GraphQLError {
  return new GraphQLError(
    `Operation too expensive: up to ${worstCase} upstream requests, limit ${limit}. Request fewer SIMs or windows at once.`,
    {
      extensions: { code: 'BAD_USER_INPUT', cost: { worstCase, limit }, http: { status: 400, spec: false } },
    },
  );
}
