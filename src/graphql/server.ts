import type { RequestListener } from 'node:http';
import { useCSRFPrevention } from '@graphql-yoga/plugin-csrf-prevention';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { createYoga, YogaServer, type YogaServerOptions } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { Config } from '../config/index.js';
import { createLoaders } from '../connections/loaders.js';
import type { FastPathParts, SharedPolicies } from '../fast-path/index.js';
import { useFastPath } from '../fast-path/use-fast-path.js';
import type { Authenticate } from '../guards/authentication/authenticate.js';
import { authentication } from '../guards/authentication/guard.js';
import type { Viewer } from '../guards/authentication/viewer.js';
import { bodyLimit, useChunkedBodyLimit } from '../guards/body-limit.js';
import { type InFlight, inFlightLimit } from '../guards/in-flight-limit.js';
import { type Guard, useGuards } from '../guards/index.js';
import { rateLimit } from '../guards/rate-limit/guard.js';
import type { RateLimitStore } from '../guards/rate-limit/store.js';
import type { HttpContext } from '../http/context.js';
import { createCors } from '../http/cors.js';
import { CSRF_HEADERS, createRequestListener } from '../http/router.js';
import { ShimResponse } from '../http/yoga-shim/messages.js';
import type { Metrics } from '../observability/metrics.js';
import { metricsEndpoint } from '../observability/metrics-endpoint.js';
import { OperationTelemetry } from '../observability/operation-telemetry.js';
import type { Upstream } from '../upstream/upstream.js';
import { LruCache } from '../util/lru-cache.js';
import { createContext, type GatewayContext } from './context.js';
import { toClientError } from './errors.js';
import { graphiqlOptions, renderGraphiql } from './graphiql/index.js';
import { useCostLimit } from './plugins/cost-limit.js';
import { useDefer } from './plugins/defer.js';
import { useDisableIntrospection } from './plugins/disable-introspection.js';
import { useDocumentLimits } from './plugins/document-limits/index.js';
import { useEndpoint } from './plugins/endpoint.js';
import { useInlineTrace } from './plugins/inline-trace/index.js';
import { useJsonParameters } from './plugins/json-parameters.js';
import { DOCUMENT_ID, PersistedDocuments, usePersistedOperations } from './plugins/persisted-operations.js';
import { useTelemetry } from './plugins/telemetry.js';
import { useUpstreamExtension } from './plugins/upstream-extension.js';

/** What the server works with. */
export interface ServerParts {
  readonly config: Config;
  readonly schema: GraphQLSchema;
  readonly upstream: Upstream;
  /** `null`: Yoga executes every operation. */
  readonly fastPath: FastPathParts | null;
  /** Secret that seals cursors. */
  readonly cursorKey: Uint8Array;
  /** SIDs of SIMs that GraphiQL's queries can be run with. */
  readonly demoSids: readonly string[];
  readonly authenticate: Authenticate;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly inFlight: InFlight;
  /** Counts the operations of each caller; `null`: there is no limit. */
  readonly rateLimitStore: RateLimitStore | null;
  /** The upstream client's clock. */
  readonly now: () => number;
  /** Whether the process has begun to stop. */
  readonly stopping: () => boolean;
}

/** For a way in that authentication does not guard: there is none, and it must not read anything. */
const UNAUTHENTICATED_VIEWER: Viewer = { name: 'nobody', scopes: new Set() };

/** Mistakes are not remembered: they are found again soon enough, and there is no end of them. */
const NO_CACHE = { get: () => undefined, set: () => undefined };

/** Characters of documents that are kept parsed, which take a hundred times the memory of their text. */
const DOCUMENT_CACHE_CHARS = 1_000_000;

/** A GraphQL server, as an HTTP server needs it. */
export interface GraphqlServer {
  readonly listener: RequestListener;
  dispose(): Promise<void>;
}

/** The GraphQL server, with the short ways for plain requests. */
export function createGraphqlServer(parts: ServerParts): GraphqlServer {
  const inside = sharedParts(parts);
  const options = optionsFor(parts, inside);
  const yoga = createYoga<HttpContext, GatewayContext>(options);
  const lean = new YogaServer<HttpContext, GatewayContext>({
    ...options,
    fetchAPI: { Response: ShimResponse as unknown as typeof Response },
  });
  return {
    listener: createRequestListener({
      guards: inside.guards,
      fastPath: inside.fastPath,
      shim: (request, context) => lean.handle(request, Object.assign(context, { waitUntil })),
      cors: createCors(parts.config.corsOrigins, (origin) =>
        parts.log.warn({ origin }, 'origin not in CORS_ORIGINS'),
      ),
      adapter: yoga,
    }),
    dispose: async () => yoga.dispose(),
  };
}

/** None of the plugins has work left when the answer has been sent. */
function waitUntil(): void {}

/** What the fast path and Yoga share. */
function sharedParts(parts: ServerParts) {
  const { config, upstream, authenticate, log, metrics } = parts;
  const { auth: access, operationTimeoutMs: timeoutMs } = config;
  const loadersFor = createLoaders(upstream, parts.cursorKey);
  const callers =
    parts.rateLimitStore !== null &&
    rateLimit(parts.rateLimitStore, config.rateLimit, access.kind !== 'none');
  const policies: SharedPolicies = {
    contextFor: (viewer, signal) => createContext(loadersFor, { viewer, timeoutMs, signal }),
    maxUpstreamRequests: config.maxUpstreamRequests,
    maskError: (error) => toClientError(error, (unexpected) => logUnexpected(log, unexpected)),
    telemetry: new OperationTelemetry(metrics, log),
    persistedDocuments: new PersistedDocuments(config.persistedOperations),
    cacheTtlMs: config.cacheTtlMs,
    now: parts.now,
  };
  return {
    authenticate,
    guards: [
      inFlightLimit(parts.inFlight, config.maxInFlight),
      authentication(authenticate),
      callers,
      bodyLimit(),
    ].filter((guard) => guard !== false) satisfies Guard[],
    policies,
    fastPath: parts.fastPath?.create(parts.schema, policies) ?? null,
  };
}

/** The order of its plugins is the way of a request. */
function optionsFor(
  parts: ServerParts,
  { authenticate, guards, policies, fastPath }: ReturnType<typeof sharedParts>,
): YogaServerOptions<HttpContext, GatewayContext> {
  const { config, schema, metrics } = parts;
  const { contextFor, maskError } = policies;
  return {
    schema,
    context: ({ request: { signal }, viewer = UNAUTHENTICATED_VIEWER }) => contextFor(viewer, signal),
    maskedErrors: { maskError },
    // Yoga would log errors whole, upstream bodies and all.
    logging: false,
    landingPage: false,
    multipart: false,
    // Its own counts every body while it is read; ours only those that do not tell their length.
    maxRequestBodySize: false,
    parserAndValidationCache: {
      documentCache: new LruCache<DocumentNode>(DOCUMENT_CACHE_CHARS, ({ length }) => length),
      errorCache: NO_CACHE,
    },
    // The router sets the CORS headers, for every response.
    cors: false,
    graphiql: config.graphiql && graphiqlOptions(parts.demoSids),
    renderGraphiQL: renderGraphiql,
    extraParamNames: [DOCUMENT_ID],
    plugins: [
      useEndpoint('/ready', () => readiness(parts)),
      useEndpoint('/metrics', metricsEndpoint(metrics, authenticate)),
      useTelemetry(policies.telemetry),
      useGuards(guards),
      useCSRFPrevention({ requestHeaders: [...CSRF_HEADERS] }),
      useChunkedBodyLimit(),
      useJsonParameters(),
      usePersistedOperations(policies.persistedDocuments),
      useDocumentLimits(),
      !config.introspection && useDisableIntrospection(),
      useCostLimit(policies.maxUpstreamRequests),
      fastPath !== null && useFastPath(fastPath),
      useDefer(maskError),
      useInlineTrace(),
      useUpstreamExtension(),
    ].filter((plugin) => plugin !== false),
  };
}

/** An error's message and stack may hold anything, so only its name goes on record. */
function logUnexpected(log: Logger, error: unknown): void {
  // What was given up because the client went away fails in its own time.
  if (error instanceof Error && error.name === 'AbortError') return;
  log.error({ error: error instanceof Error ? error.name : typeof error }, 'unforeseen error');
}

function readiness({ upstream, stopping }: ServerParts) {
  const { ready, reason } = stopping()
    ? { ready: false, reason: 'the gateway is stopping' }
    : upstream.readiness();
  return {
    status: ready ? 200 : 503,
    body: JSON.stringify(reason === undefined ? { ready } : { ready, reason }),
    contentType: 'application/json',
  };
}
