import { GraphQLError } from 'graphql';
import type { Authenticate } from '../../guards/authentication/authenticate.js';
import type { HttpContext } from '../../http/context.js';
import type { EndpointAnswer } from '../../http/endpoint.js';
import type { Metrics } from './index.js';

/** Endpoint for Prometheus. It requires the same authentication as GraphQL requests, but no scope. */
export function metricsEndpoint(
  metrics: Metrics,
  authenticate: Authenticate,
): (context: HttpContext) => Promise<EndpointAnswer> {
  return async ({ req }) => {
    try {
      await authenticate(req.headers.authorization);
    } catch (error) {
      if (error instanceof GraphQLError) return errorResponse(error);
      throw error;
    }
    return { status: 200, body: await metrics.text(), contentType: metrics.contentType };
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
