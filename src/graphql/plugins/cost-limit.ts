import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../context.js';
import { estimateMaxCost } from '../cost/estimate.js';

/** Rejects operations whose cost estimate exceeds the limit, before an upstream request is sent. */
export function useCostLimit(limit: number): Plugin<GatewayContext> {
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const cost = estimateMaxCost(args, args.contextValue.viewer);
      if (cost <= limit) return;
      setResultAndStopExecution({ errors: [costLimitExceeded(cost, limit)] });
    },
  };
}

function costLimitExceeded(worstCase: number, limit: number): GraphQLError {
  return new GraphQLError(
    `Operation too expensive: up to ${worstCase} upstream requests, limit ${limit}. Request fewer SIMs or windows at once.`,
    {
      extensions: { code: 'BAD_USER_INPUT', cost: { worstCase, limit }, http: { status: 400, spec: false } },
    },
  );
}
