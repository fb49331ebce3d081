import { GraphQLError } from 'graphql';
import type { EndpointAnswer } from '../graphql/plugins/endpoint.js';
import type { Authenticate } from '../guards/authentication/authenticate.js';
import type { HttpContext } from '../http/context.js';
import type { Metrics } from './metrics.js';

/** Answers Prometheus: whoever may come in at all may see the metrics, and nobody else. */
export function metricsEndpoint(
  metrics: Metrics,
  authenticate: Authenticate,
): (context: HttpContext) => Promise<EndpointAnswer> {
  return async ({ req }) => {
    try {
      await authenticate(req.headers.authorization);
    } catch (error) {
      if (error instanceof GraphQLError) return refused(error);
      throw error;
    }
    return { status: 200, body: await metrics.text(), contentType: metrics.contentType };
  };
}

function refused({ message, extensions }: GraphQLError): EndpointAnswer {
  const { http } = extensions;
  return {
    status: http?.status ?? 401,
    body: JSON.stringify({ errors: [{ message, extensions: { code: extensions.code } }] }),
    contentType: 'application/json',
    headers: { ...http?.headers },
  };
}
