import { GraphQLError } from 'graphql';
import type { Authenticate } from '../../guards/authentication/authenticate.js';
import type { HttpContext } from '../../http/context.js';
import type { EndpointAnswer } from '../../http/endpoint.js';
import type { Metrics } from './index.js';

/** What the endpoint needs of the metrics. */
export type MetricsText = Pick<Metrics, 'text' | 'contentType'>;

/** Endpoint for Prometheus without authentication, for a port that only operators reach. */
export function anonymousMetricsEndpoint(metrics: MetricsText): () => Promise<EndpointAnswer> {
  return async () => ({ status: 200, body: await metrics.text(), contentType: metrics.contentType });
}

/** Endpoint for Prometheus. It requires the same authentication as GraphQL requests, but no scope. */
export function metricsEndpoint(
  metrics: MetricsText,
  authenticate: Authenticate,
): (context: HttpContext) => Promise<EndpointAnswer> {
  const answer = anonymousMetricsEndpoint(metrics);
  return async ({ req }) => {
    try {
      await authenticate(req.headers.authorization);
    } catch (error) {
      if (error instanceof GraphQLError) return errorResponse(error);
      throw error;
    }
    return answer();
  };
}

function errorResponse({ message, extensions }: GraphQLError): EndpointAnswer {
  const { http } = extensions;
  return {
    status: http?.status ?? 401,
    body: JSON.stringify({ errors: [{ message, extensions: { code: extensions.code } }] }),
    contentType: 'application/json',
    headers: { ...http?.headers },
  };
}
