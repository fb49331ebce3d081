import { createYoga, type YogaServerInstance } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { createContext, type GatewayContext } from '../context.js';
import { createLoaders } from '../loaders/loaders.js';
import { toClientError } from '../schema/errors.js';
import { schema } from '../schema/schema.js';
import type { Upstream } from '../upstream/upstream.js';
import { graphiqlOptions, renderGraphiql } from './graphiql.js';
import { useCost } from './use-cost.js';
import { useEndpoint } from './use-endpoint.js';

/** What the server works with. */
export interface ServerParts {
  readonly config: Config;
  readonly upstream: Upstream;
  /** Secret that seals cursors. */
  readonly cursorKey: Uint8Array;
  /** SID of a SIM that GraphiQL's first query can be run with. */
  readonly demoSid: string | null;
  readonly log: Logger;
}

/** The GraphQL server: the order of its plugins is the way of a request. */
export function createGraphqlServer(parts: ServerParts): YogaServerInstance<object, GatewayContext> {
  const { config, upstream, log } = parts;
  const loadersFor = createLoaders(upstream, parts.cursorKey);
  const onUnforeseen = (error: unknown) => {
    // Its message and stack may hold anything, so only its name goes on record.
    log.error({ error: error instanceof Error ? error.name : typeof error }, 'unforeseen error');
  };
  return createYoga<object, GatewayContext>({
    schema,
    context: ({ request }) => createContext(loadersFor, config.operationTimeoutMs, request.signal),
    maskedErrors: { maskError: (error) => toClientError(error, onUnforeseen) },
    // Yoga would log errors whole, upstream bodies and all.
    logging: false,
    landingPage: false,
    multipart: false,
    cors:
      config.corsOrigins.length > 0 ? { origin: [...config.corsOrigins], methods: ['GET', 'POST'] } : false,
    graphiql: config.graphiql && graphiqlOptions(parts.demoSid),
    renderGraphiQL: renderGraphiql,
    plugins: [useEndpoint('/ready', () => readiness(upstream)), useCost()],
  });
}

function readiness(upstream: Upstream) {
  const { ready, reason } = upstream.readiness();
  return {
    status: ready ? 200 : 503,
    body: JSON.stringify(reason === undefined ? { ready } : { ready, reason }),
    contentType: 'application/json',
  };
}
