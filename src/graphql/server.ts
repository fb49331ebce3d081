import type { RequestListener } from 'node:http';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { createYoga, YogaServer, type YogaServerOptions } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { Config } from '../config/index.js';
import type { Accounts } from '../connections/accounts.js';
import type { Authenticate } from '../guards/authentication/authenticate.js';
import { authentication } from '../guards/authentication/guard.js';
import { bodyLimit } from '../guards/body-limit.js';
import { type InFlight, inFlightLimit } from '../guards/in-flight-limit.js';
import { rateLimit } from '../guards/rate-limit/guard.js';
import type { RateLimiter } from '../guards/rate-limit/limiter.js';
import type { HttpContext } from '../http/context.js';
import { Cors } from '../http/cors.js';
import { createGraphqlHandler } from '../http/graphql-handler.js';
import type { Guard } from '../http/guard.js';
import { Responder } from '../http/responder.js';
import { createRouter, GRAPHQL_PATH } from '../http/router.js';
import { ShimResponse } from '../http/yoga-shim/messages.js';
import type { LiveAccounts } from '../live/live-accounts.js';
import {
  anonymousMetricsEndpoint,
  type MetricsText,
  metricsEndpoint,
} from '../observability/metrics/endpoint.js';
import type { Metrics } from '../observability/metrics/index.js';
import type { RedisState } from '../observability/metrics/redis.js';
import { OperationTelemetry } from '../observability/operation-telemetry.js';
import { operationalRoutes, readinessAnswer } from '../observability/operational-endpoints.js';
import { describeUnexpected } from '../observability/unexpected.js';
import { scopeCacheKey, type Viewer } from '../resources/viewer.js';
import type { Clock } from '../util/clock.js';
import type { StartSpan } from '../util/span.js';
import { textCache } from '../util/text-cache.js';
import { createContext, type GatewayContext } from './context.js';
import { toClientError } from './errors.js';
import type { DemoSims } from './graphiql/example.js';
import { graphiqlOptions, renderGraphiql } from './graphiql/index.js';
import type { DocumentStore } from './plugins/document-store.js';
import { pipeline } from './plugins/index.js';
import { DOCUMENT_ID, PersistedDocuments } from './plugins/persisted-operations.js';
import type { PipelinePlugin } from './plugins/pipeline-plugin.js';
import type { Callbacks } from './plugins/subscriptions/callback/index.js';
import type { CreateFastPath, SharedPolicies } from './policies.js';

/** Dependencies of the GraphQL server. */
export interface ServerParts {
  readonly config: Config;
  readonly schema: GraphQLSchema;
  readonly accounts: Accounts & LiveAccounts;
  /** `null`: Yoga executes every operation. */
  readonly createFastPath: CreateFastPath | null;
  /** Additional Yoga plugins. */
  readonly plugins: readonly PipelinePlugin[];
  /** SIMs for the examples of GraphiQL. */
  readonly demoSims: DemoSims;
  readonly authenticate: Authenticate;
  /** Sends the events of subscriptions to routers; `null`: no router may be called. */
  readonly callbacks: Callbacks | null;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** What `/metrics` says. */
  readonly scraped: MetricsText;
  readonly inFlight: InFlight;
  /** Counts the operations of each caller; `null`: there is no limit. */
  readonly rateLimiter: RateLimiter | null;
  /** Documents that clients have registered at other instances; `null`: none are shared. */
  readonly documents: DocumentStore | null;
  /** Returns the state of Redis; `null`: Redis is not configured. */
  readonly redisState: (() => RedisState) | null;
  /** The upstream client's clock. */
  readonly clock: Pick<Clock, 'now' | 'wallNow'>;
  /** `null`: tracing is off. */
  readonly startSpan: StartSpan | null;
  /** Returns whether the process is stopping. */
  readonly stopping: () => boolean;
}

/**
 * Default viewer without scopes. All requests are authenticated, so it is only used if a request bypasses the guards.
 */
const UNAUTHENTICATED_VIEWER: Viewer = { name: 'unauthenticated', scopes: new Set(), account: '' };

/** Validation errors are not cached: invalid documents are cheap to reject, and their number is not bounded. */
const NO_CACHE = { get: () => undefined, set: () => undefined };

/** Capacity of the document cache in characters. A parsed document takes a hundred times the memory of its text. */
const DOCUMENT_CACHE_CHARS = 400_000;

/** Disables the health check of Yoga, because the router serves `/health`. A request path contains no space. */
const NO_ENDPOINT = ' ';

/** The GraphQL server as a request listener. */
export interface GraphqlServer {
  readonly listener: RequestListener;
  /** Serves the endpoints for operators alone, on `INTERNAL_PORT`. */
  readonly internalListener: RequestListener;
  dispose(): Promise<void>;
}

/** Creates the GraphQL server: routes, guards, Yoga and the fast path. */
export function createGraphqlServer(parts: ServerParts): GraphqlServer {
  const shared = sharedParts(parts);
  const options = optionsFor(parts, shared);
  const yoga = createYoga<HttpContext, GatewayContext>(options);
  const shimYoga = new YogaServer<HttpContext, GatewayContext>({
    ...options,
    fetchAPI: { Response: ShimResponse as unknown as typeof Response },
  });
  const { compression, corsOrigins, graphiql } = parts.config;
  const responder = new Responder(compression);
  const onError = (error: unknown) => logUnexpected(parts.log, error);
  const graphql = createGraphqlHandler({
    guards: shared.guards,
    fastPath: shared.fastPath,
    shim: (request, context) => shimYoga.handle(request, Object.assign(context, { waitUntil })),
    adapter: (context) => yoga.handleNodeRequestAndResponse(context.req, context.res, context),
    responder,
    graphiql,
    onError,
    startSpan: parts.startSpan,
  });
  const { scraped, authenticate, stopping } = parts;
  const readiness = () =>
    readinessAnswer(
      {
        upstreams: parts.accounts.states().map(({ state }) => state),
        redis: parts.redisState?.() ?? null,
      },
      stopping() ? 'the gateway is stopping' : null,
    );
  const publicMetrics = parts.config.internal === null ? metricsEndpoint(scraped, authenticate) : null;
  return {
    listener: createRouter({
      routes: {
        [GRAPHQL_PATH]: { methods: ['GET', 'POST'], handle: graphql },
        ...operationalRoutes(responder, { readiness, metrics: publicMetrics }, onError),
      },
      cors: new Cors(corsOrigins, parts.log),
      responder,
      graphiql,
    }),
    internalListener: createRouter({
      routes: operationalRoutes(
        responder,
        { readiness, metrics: anonymousMetricsEndpoint(scraped) },
        onError,
      ),
      cors: new Cors([], parts.log),
      responder,
      graphiql: false,
    }),
    dispose: async () => yoga.dispose(),
  };
}

/** No plugin has work to finish after the response has been sent. */
function waitUntil(): void {}

/** Parts that Yoga and the fast path share. */
function sharedParts(parts: ServerParts) {
  const { config, schema, accounts, authenticate, log, metrics } = parts;
  const { auth: access, operationTimeoutMs: timeoutMs } = config;
  const { now, wallNow } = parts.clock;
  const rateLimitGuard =
    parts.rateLimiter !== null &&
    rateLimit(parts.rateLimiter, {
      limit: config.rateLimit,
      byName: access.kind !== 'none',
      proxies: config.trustProxy,
      onReject: () => metrics.rejected('rate_limit'),
    });
  const policies: SharedPolicies = {
    contextFor: (viewer, signal, span) =>
      createContext(accounts, { viewer, timeoutMs, signal, span, now, wallNow }),
    cachePartition: (viewer) => `${accounts.cachePartition(viewer.account)} ${scopeCacheKey(viewer)} `,
    maxUpstreamRequests: config.maxUpstreamRequests,
    maskError: (error) => toClientError(error, (unexpected) => logUnexpected(log, unexpected)),
    telemetry: new OperationTelemetry(metrics, log, config.logSample),
    persistedDocuments: new PersistedDocuments(config.persistedOperations, parts.documents),
    tracesDocuments: config.openTelemetry?.documents ?? false,
    cacheTtlMs: config.cacheTtlMs,
    now,
    wallNow,
  };
  return {
    guards: [
      inFlightLimit(parts.inFlight, config.maxInFlight, () => metrics.rejected('overload')),
      authentication(authenticate),
      rateLimitGuard,
      bodyLimit(),
    ].filter((guard) => guard !== false) satisfies Guard[],
    policies,
    fastPath: createsFastPath(parts) ? (parts.createFastPath?.(schema, policies) ?? null) : null,
  };
}

/** A plugin that has to take part in every request switches the fast path off. */
function createsFastPath({ createFastPath, plugins, log }: ServerParts): boolean {
  const needsYoga = plugins.some(({ onFastPath }) => onFastPath === null);
  if (needsYoga && createFastPath !== null)
    log.warn('fast path disabled: a plugin takes part in every request');
  return !needsYoga;
}

/** Options of Yoga. */
function optionsFor(
  parts: ServerParts,
  { guards, policies, fastPath }: ReturnType<typeof sharedParts>,
): YogaServerOptions<HttpContext, GatewayContext> {
  const { config, schema } = parts;
  const { contextFor, maskError } = policies;
  const subscriptions = {
    accounts: parts.accounts,
    authenticate: parts.authenticate,
    callbacks: parts.callbacks,
    onBegin: (context: HttpContext) => parts.inFlight.leave(context),
  };
  return {
    schema,
    context: ({ request: { signal }, viewer = UNAUTHENTICATED_VIEWER, span }) =>
      contextFor(viewer, signal, span),
    maskedErrors: { maskError },
    // Yoga would log complete errors, including upstream bodies.
    logging: false,
    landingPage: false,
    multipart: false,
    // Yoga would count each body while it is read. `useChunkedBodyLimit` counts only bodies without `Content-Length`.
    maxRequestBodySize: false,
    parserAndValidationCache: {
      documentCache: textCache<DocumentNode>(DOCUMENT_CACHE_CHARS, ({ length }) => length),
      errorCache: NO_CACHE,
    },
    cors: false,
    healthCheckEndpoint: NO_ENDPOINT,
    graphiql:
      config.graphiql &&
      (({ signal }) => graphiqlOptions(schema, parts.demoSims, (viewer) => contextFor(viewer, signal))),
    renderGraphiQL: renderGraphiql,
    extraParamNames: [DOCUMENT_ID],
    plugins: pipeline(config, guards, policies, fastPath?.plugin ?? null, subscriptions, parts.plugins),
  };
}

/** Logs where an error comes from, without its message, which may contain anything. */
function logUnexpected(log: Logger, error: unknown): void {
  // Work that was aborted because the client disconnected is not an error.
  if (error instanceof Error && error.name === 'AbortError') return;
  log.error(describeUnexpected(error), 'unexpected error');
}
