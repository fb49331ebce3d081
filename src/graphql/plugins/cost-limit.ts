import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../context.js';
import { estimateMaxCost } from '../cost/estimate.js';

/** Refuses operations that could take more upstream requests than one may, before any is sent. */
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
    `This operation can take up to ${worstCase} upstream requests: one may take ${limit}.`,
    {
      extensions: { code: 'BAD_USER_INPUT', cost: { worstCase, limit }, http: { status: 400, spec: false } },
    },
  );
}
