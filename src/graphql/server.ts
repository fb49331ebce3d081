import type { RequestListener } from 'node:http';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { createYoga, YogaServer, type YogaServerOptions } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { Config } from '../config/index.js';
import { createLoaders } from '../connections/loaders.js';
import type { Authenticate } from '../guards/authentication/authenticate.js';
import { authentication } from '../guards/authentication/guard.js';
import { bodyLimit } from '../guards/body-limit.js';
import { type InFlight, inFlightLimit } from '../guards/in-flight-limit.js';
import { rateLimit } from '../guards/rate-limit/guard.js';
import type { RateLimiter } from '../guards/rate-limit/limiter.js';
import type { HttpContext } from '../http/context.js';
import { Cors } from '../http/cors.js';
import { endpoint } from '../http/endpoint.js';
import { createGraphqlHandler } from '../http/graphql-handler.js';
import type { Guard } from '../http/guard.js';
import { Responder } from '../http/responder.js';
import { createRouter, GRAPHQL_PATH } from '../http/router.js';
import { ShimResponse } from '../http/yoga-shim/messages.js';
import type { Metrics } from '../observability/metrics.js';
import { metricsEndpoint } from '../observability/metrics-endpoint.js';
import { OperationTelemetry } from '../observability/operation-telemetry.js';
import type { Viewer } from '../resources/viewer.js';
import type { Upstream } from '../upstream/upstream.js';
import { textCache } from '../util/text-cache.js';
import { createContext, type GatewayContext } from './context.js';
import { toClientError } from './errors.js';
import { graphiqlOptions, renderGraphiql } from './graphiql/index.js';
import { pipeline } from './plugins/index.js';
import { DOCUMENT_ID, PersistedDocuments } from './plugins/persisted-operations.js';
import type { PipelinePlugin } from './plugins/pipeline-plugin.js';
import type { CreateFastPath, SharedPolicies } from './policies.js';

/** What the server works with. */
export interface ServerParts {
  readonly config: Config;
  readonly schema: GraphQLSchema;
  readonly upstream: Upstream;
  /** `null`: Yoga executes every operation. */
  readonly createFastPath: CreateFastPath | null;
  /** Additional Yoga plugins. */
  readonly plugins: readonly PipelinePlugin[];
  /** Secret that seals cursors. */
  readonly cursorKey: Uint8Array;
  /** SIDs of SIMs that GraphiQL's queries can be run with. */
  readonly demoSids: readonly string[];
  readonly authenticate: Authenticate;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly inFlight: InFlight;
  /** Counts the operations of each caller; `null`: there is no limit. */
  readonly rateLimiter: RateLimiter | null;
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
const DOCUMENT_CACHE_CHARS = 400_000;

/** What `/health` answers: that the process answers is all that it tells. */
const ALIVE = { status: 200, body: '{"alive":true}', contentType: 'application/json' };

/** A URL has no space in it: Yoga's own endpoint is never found, since the routes are those of the front. */
const NO_ENDPOINT = ' ';

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
  const { compression, corsOrigins, graphiql } = parts.config;
  const responder = new Responder(compression);
  const onError = (error: unknown) => logUnexpected(parts.log, error);
  const graphql = createGraphqlHandler({
    guards: inside.guards,
    fastPath: inside.fastPath,
    shim: (request, context) => lean.handle(request, Object.assign(context, { waitUntil })),
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

/** None of the plugins has work left when the answer has been sent. */
function waitUntil(): void {}

/** What all ways of a request have in common. */
function sharedParts(parts: ServerParts) {
  const { config, schema, upstream, authenticate, log, metrics } = parts;
  const { auth: access, operationTimeoutMs: timeoutMs } = config;
  const loadersFor = createLoaders(upstream, parts.cursorKey, parts.now);
  const callers =
    parts.rateLimiter !== null && rateLimit(parts.rateLimiter, config.rateLimit, access.kind !== 'none');
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
    guards: [
      inFlightLimit(parts.inFlight, config.maxInFlight),
      authentication(authenticate),
      callers,
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
    log.warn('the fast path is off: a plugin takes part in every request');
  return !needsYoga;
}

function optionsFor(
  parts: ServerParts,
  { guards, policies, fastPath }: ReturnType<typeof sharedParts>,
): YogaServerOptions<HttpContext, GatewayContext> {
  const { config, schema } = parts;
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
      documentCache: textCache<DocumentNode>(DOCUMENT_CACHE_CHARS, ({ length }) => length),
      errorCache: NO_CACHE,
    },
    cors: false,
    healthCheckEndpoint: NO_ENDPOINT,
    graphiql:
      config.graphiql &&
      (({ signal }) => graphiqlOptions(schema, parts.demoSids, (viewer) => contextFor(viewer, signal))),
    renderGraphiQL: renderGraphiql,
    extraParamNames: [DOCUMENT_ID],
    plugins: pipeline(config, guards, policies, fastPath?.plugin ?? null, parts.plugins),
  };
}

/** An error's message and stack may hold anything, so only its name goes on record. */
function logUnexpected(log: Logger, error: unknown): void {
  // What was given up because the client went away fails in its own time.
  if (error instanceof Error && error.name === 'AbortError') return;
  log.error({ error: error instanceof Error ? error.name : typeof error }, 'unforeseen error');
}

/**
 * Whether this process can serve. An upstream that fails does not make it unready: every instance has the same one, and
 * stale answers and coded errors are more than a balancer without any instance can give.
 */
function readiness({ upstream, stopping }: ServerParts) {
  const state = { upstream: { state: upstream.state() } };
  const body = stopping()
    ? { ready: false, reason: 'the gateway is stopping', ...state }
    : { ready: true, ...state };
  return { status: body.ready ? 200 : 503, body: JSON.stringify(body), contentType: 'application/json' };
}
