import type { Logger } from 'pino';
import type { Config, RemoteUpstream } from './config/index.js';
import { canGenerateCode, createFastPathParts, type FastPathParts } from './fast-path/index.js';
import { createSchema } from './graphql/schema/index.js';
import { createGraphqlServer } from './graphql/server.js';
import { createAuthentication } from './guards/authentication/authenticate.js';
import { InFlight } from './guards/in-flight-limit.js';
import { connectRedisRateLimitStore } from './guards/rate-limit/redis-store.js';
import { MemoryRateLimitStore, type RateLimitStore } from './guards/rate-limit/store.js';
import { GracefulShutdown } from './http/graceful-shutdown.js';
import { listen, urlOf } from './http/server.js';
import { createMetrics } from './observability/metrics.js';
import { deriveCursorKey } from './pagination/cursor/key.js';
import { type Catalog, catalog } from './resources/index.js';
import type { Sandbox } from './sandbox/index.js';
import { createUpstream } from './upstream/client.js';
import { type Clock, systemClock } from './util/clock.js';

/** SIMs of the sandbox that GraphiQL's queries show. */
const DEMO_SIMS = 3;

/** A gateway that serves. */
export interface Gateway {
  /** Where it listens: `http://127.0.0.1:4000`. */
  readonly url: string;
  /** SID of a SIM that it can be tried with; `null` when that is the account's secret. */
  readonly demoSid: string | null;
  /** Ends it: no new connections, then what is in flight, for as long as the grace period, then the upstream. */
  close(): Promise<void>;
}

/** How long what is in flight may take to finish when the gateway stops, in milliseconds. */
const GRACE_MS = 10_000;

/**
 * Starts a gateway: its upstream first, which is a sandbox where no other is configured, then the server.
 *
 * @param runtime - clock, timers and jitter of the upstream client
 * @param served - the resources and lists that the gateway serves
 */
export async function startGateway(
  config: Config,
  log: Logger,
  runtime: Clock = systemClock,
  served: Catalog = catalog,
): Promise<Gateway> {
  const { remote, sandbox } = await upstreamOf(config);
  const inFlight = new InFlight();
  const metrics = createMetrics(() => inFlight.count);
  const fastPath = fastPathOf(config, log);
  const upstream = createUpstream(
    {
      ...remote,
      attemptTimeoutMs: config.upstreamTimeoutMs,
      concurrency: config.upstreamConcurrency,
      cacheTtlMs: config.cacheTtlMs,
      staleIfErrorMs: config.staleIfErrorMs,
      log,
      observer: metrics.upstream,
    },
    runtime,
    fastPath?.decoder,
  );
  const callers = await createRateLimitStore(config, log);
  const drain = new GracefulShutdown();
  const graphql = createGraphqlServer({
    config,
    schema: createSchema(served),
    upstream,
    fastPath,
    cursorKey: deriveCursorKey(remote.auth),
    authenticate: await createAuthentication(config.auth, (message) => log.warn(message)),
    demoSids: sandbox?.simSids.slice(0, DEMO_SIMS) ?? [],
    log,
    metrics,
    inFlight,
    rateLimitStore: callers,
    now: runtime.now,
    stopping: () => drain.stopping,
  });
  const server = await listen((request, response) => {
    drain.track(response);
    graphql.listener(request, response);
  }, config);
  return {
    url: urlOf(server),
    demoSid: sandbox?.simSids[0] ?? null,
    async close() {
      const brokenOff = await drain.begin(server, GRACE_MS);
      if (brokenOff > 0) log.warn({ operations: brokenOff }, 'stopped before all was answered');
      await graphql.dispose();
      await upstream.close();
      callers?.close();
      await sandbox?.close();
    },
  };
}

/** The fast path generates code, which an operator can forbid in Node itself. */
function fastPathOf({ fastPath }: Config, log: Logger): FastPathParts | null {
  if (!fastPath) return null;
  if (canGenerateCode()) return createFastPathParts();
  log.warn('fast path is off: code generation from strings is disabled');
  return null;
}

async function createRateLimitStore(
  { rateLimit, redisUrl }: Config,
  log: Logger,
): Promise<RateLimitStore | null> {
  if (rateLimit === 0) return null;
  return redisUrl === null ? new MemoryRateLimitStore() : connectRedisRateLimitStore(redisUrl, log);
}

async function upstreamOf({
  upstream,
}: Config): Promise<{ remote: RemoteUpstream; sandbox: Sandbox | null }> {
  if (upstream !== null) return { remote: upstream, sandbox: null };
  // With an upstream of its own the gateway never needs it.
  const { startSandbox } = await import('./sandbox/index.js');
  const sandbox = await startSandbox();
  return { remote: sandboxUpstream(sandbox), sandbox };
}

/** The sandbox is reached as a real upstream is: nothing but the address differs. */
function sandboxUpstream({ url, credentials }: Sandbox): RemoteUpstream {
  return {
    dialect: 'twilio',
    baseUrl: url,
    publicBaseUrl: url,
    auth: { kind: 'basic', user: credentials.accountSid, password: credentials.authToken },
  };
}
