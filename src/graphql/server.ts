import type { RequestListener } from 'node:http';
import { useCSRFPrevention } from '@graphql-yoga/plugin-csrf-prevention';
import type { DocumentNode } from 'graphql';
import { createYoga, YogaServer, type YogaServerOptions } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { Config } from '../config/index.js';
import { createLoaders } from '../connections/loaders.js';
import { FastPath } from '../fast-path/fast-path.js';
import { OperationCache } from '../fast-path/operation-cache.js';
import { useOperationCache } from '../fast-path/use-operation-cache.js';
import type { Authenticate } from '../guards/authentication/authenticate.js';
import { authentication } from '../guards/authentication/guard.js';
import type { Viewer } from '../guards/authentication/scopes.js';
import { bodyLimit, useChunkedBodyLimit } from '../guards/body-limit.js';
import { type InFlight, inFlightLimit } from '../guards/in-flight-limit.js';
import { type Guard, useGuards } from '../guards/index.js';
import { rateLimit } from '../guards/rate-limit/guard.js';
import type { RateLimitStore } from '../guards/rate-limit/store.js';
import type { HttpContext } from '../http/context.js';
import { Cors } from '../http/cors.js';
import { endpoint } from '../http/endpoint.js';
import { CSRF_HEADERS, createGraphqlHandler } from '../http/graphql-handler.js';
import { Responder } from '../http/responder.js';
import { createRouter, GRAPHQL_PATH } from '../http/router.js';
import { ShimResponse } from '../http/yoga-shim/messages.js';
import type { Metrics } from '../observability/metrics.js';
import { metricsEndpoint } from '../observability/metrics-endpoint.js';
import { OperationTelemetry } from '../observability/operation-telemetry.js';
import type { Upstream } from '../upstream/upstream.js';
import type { AbortSignalLike } from '../util/abort.js';
import { canGenerateCode } from '../util/code-generation.js';
import { LruCache } from '../util/lru-cache.js';
import { createContext, type GatewayContext } from './context.js';
import { toClientError } from './errors.js';
import { graphiqlOptions, renderGraphiql } from './graphiql/index.js';
import { useCostLimit } from './plugins/cost-limit.js';
import { useDefer } from './plugins/defer.js';
import { useDisableIntrospection } from './plugins/disable-introspection.js';
import { useDocumentLimits } from './plugins/document-limits/index.js';
import { useErrorOrder } from './plugins/error-order.js';
import { useInlineTrace } from './plugins/inline-trace/index.js';
import { useJsonParameters } from './plugins/json-parameters.js';
import { useOperationName } from './plugins/operation-name.js';
import { DOCUMENT_ID, PersistedDocuments, usePersistedOperations } from './plugins/persisted-operations.js';
import { useTelemetry } from './plugins/telemetry.js';
import { useUpstreamExtension } from './plugins/upstream-extension.js';
import { schema } from './schema/index.js';

/** Dependencies of the GraphQL server. */
export interface ServerParts {
  readonly config: Config;
  readonly upstream: Upstream;
  /** Key that signs cursors. */
  readonly cursorKey: Uint8Array;
  /** SIDs of SIMs for the example queries of GraphiQL. */
  readonly demoSids: readonly string[];
  readonly authenticate: Authenticate;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly inFlight: InFlight;
  /** Counts the operations of each caller; `null`: no rate limit. */
  readonly rateLimitStore: RateLimitStore | null;
  /** The upstream client's clock. */
  readonly now: () => number;
  /** Returns whether the process is stopping. */
  readonly stopping: () => boolean;
}

/**
 * Default viewer without scopes. All requests are authenticated, so it is only used if a request bypasses the guards.
 */
const UNAUTHENTICATED_VIEWER: Viewer = { name: 'unauthenticated', scopes: new Set() };

/** Validation errors are not cached: invalid documents are cheap to reject, and their number is not bounded. */
const NO_CACHE = { get: () => undefined, set: () => undefined };

/** Capacity of the document cache in characters. A parsed document takes a hundred times the memory of its text. */
const DOCUMENT_CACHE_CHARS = 400_000;

/** Response of `/health`: only says that the process responds. */
const ALIVE = { status: 200, body: '{"alive":true}', contentType: 'application/json' };

/** Disables the health check of Yoga, because the router serves `/health`. A request path contains no space. */
const NO_ENDPOINT = ' ';

/** The GraphQL server as a request listener. */
export interface GraphqlServer {
  readonly listener: RequestListener;
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
    fastPath: shared.fastPath ? new FastPath({ ...shared, ...parts.config, now: parts.now }) : null,
    shim: (request, context) => shimYoga.handle(request, Object.assign(context, { waitUntil })),
    adapter: (req, res) => yoga.handleNodeRequestAndResponse(req, res, { req, res }),
    responder,
    graphiql,
    onError,
  });
  const { metrics, authenticate } = parts;
  return {
    listener: createRouter({
      routes: {
        [GRAPHQL_PATH]: { methods: ['GET', 'POST'], handle: graphql },
        '/health': endpoint(responder, () => ALIVE, onError),
        '/ready': endpoint(responder, () => readiness(parts), onError),
        '/metrics': endpoint(responder, metricsEndpoint(metrics, authenticate), onError),
      },
      cors: new Cors(corsOrigins, parts.log),
      responder,
      graphiql,
    }),
    dispose: async () => yoga.dispose(),
  };
}

/** No plugin has work to finish after the response has been sent. */
function waitUntil(): void {}

/** Parts that Yoga and the fast path share. */
function sharedParts(parts: ServerParts) {
  const { config, upstream, authenticate, log, metrics } = parts;
  const { auth: access, operationTimeoutMs: timeoutMs } = config;
  const loadersFor = createLoaders(upstream, parts.cursorKey, parts.now);
  const rateLimitGuard =
    parts.rateLimitStore !== null &&
    rateLimit(parts.rateLimitStore, config.rateLimit, access.kind !== 'none');
  return {
    guards: [
      inFlightLimit(parts.inFlight, config.maxInFlight),
      authentication(authenticate),
      rateLimitGuard,
      bodyLimit(),
    ].filter((guard) => guard !== false) satisfies Guard[],
    fastPath: hasFastPath(config, log),
    persistedDocuments: new PersistedDocuments(config.persistedOperations),
    operations: new OperationCache(),
    telemetry: new OperationTelemetry(metrics, log),
    contextFor: (viewer: Viewer, signal: AbortSignalLike) =>
      createContext(loadersFor, { viewer, timeoutMs, signal }),
    maskError: (error: unknown) => toClientError(error, (unexpected) => logUnexpected(log, unexpected)),
  };
}

/** Options of Yoga. A request passes the plugins in their order. */
function optionsFor(
  parts: ServerParts,
  {
    guards,
    fastPath,
    persistedDocuments,
    operations,
    telemetry,
    contextFor,
    maskError,
  }: ReturnType<typeof sharedParts>,
): YogaServerOptions<HttpContext, GatewayContext> {
  const { config } = parts;
  return {
    schema,
    context: ({ request: { signal }, viewer = UNAUTHENTICATED_VIEWER }) => contextFor(viewer, signal),
    maskedErrors: { maskError },
    // Yoga would log complete errors, including upstream bodies.
    logging: false,
    landingPage: false,
    multipart: false,
    // Yoga would count each body while it is read. `useChunkedBodyLimit` counts only bodies without `Content-Length`.
    maxRequestBodySize: false,
    parserAndValidationCache: {
      documentCache: new LruCache<DocumentNode>(DOCUMENT_CACHE_CHARS, ({ length }) => length),
      errorCache: NO_CACHE,
    },
    cors: false,
    healthCheckEndpoint: NO_ENDPOINT,
    graphiql:
      config.graphiql &&
      (({ signal }) => graphiqlOptions(parts.demoSids, (viewer) => contextFor(viewer, signal))),
    renderGraphiQL: renderGraphiql,
    extraParamNames: [DOCUMENT_ID],
    plugins: [
      useTelemetry(telemetry),
      useGuards(guards),
      useCSRFPrevention({ requestHeaders: [...CSRF_HEADERS] }),
      useChunkedBodyLimit(),
      useJsonParameters(),
      useOperationName(),
      usePersistedOperations(persistedDocuments),
      useDocumentLimits(),
      !config.introspection && useDisableIntrospection(),
      useCostLimit(config.maxUpstreamRequests),
      fastPath && useOperationCache(operations),
      useDefer(maskError),
      useErrorOrder(),
      useInlineTrace(),
      useUpstreamExtension(),
    ].filter((plugin) => plugin !== false),
  };
}

/** The fast path needs code generation, which `node --disallow-code-generation-from-strings` forbids. */
function hasFastPath({ fastPath }: Config, log: Logger): boolean {
  if (fastPath && !canGenerateCode) {
    log.warn('fast path disabled: code generation from strings is not allowed in this process');
  }
  return fastPath && canGenerateCode;
}

/** Logs only the name of an error, because its message and stack may contain anything. */
function logUnexpected(log: Logger, error: unknown): void {
  // Work that was aborted because the client disconnected is not an error.
  if (error instanceof Error && error.name === 'AbortError') return;
  log.error({ error: error instanceof Error ? error.name : typeof error }, 'unexpected error');
}

/**
 * Response of `/ready`. A failing upstream does not make the process unready: all instances share the upstream, and
 * stale responses and coded errors are better than a load balancer without any instance.
 */
function readiness({ upstream, stopping }: ServerParts) {
  const state = { upstream: { state: upstream.state() } };
  const body = stopping()
    ? { ready: false, reason: 'the gateway is stopping', ...state }
    : { ready: true, ...state };
  return { status: body.ready ? 200 : 503, body: JSON.stringify(body), contentType: 'application/json' };
}
