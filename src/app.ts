import type { Logger } from 'pino';
import { isLoopback } from './config/hosts.js';
import type { Config, RemoteUpstream } from './config/index.js';
import { createFastPath, type FastPathParts } from './fast-path/index.js';
import type { PipelinePlugin } from './graphql/plugins/pipeline-plugin.js';
import { createSchema } from './graphql/schema/index.js';
import { createGraphqlServer } from './graphql/server.js';
import { createAuthentication } from './guards/authentication/authenticate.js';
import { InFlight } from './guards/in-flight-limit.js';
import type { RateLimiter } from './guards/rate-limit/limiter.js';
import { GracefulShutdown } from './http/graceful-shutdown.js';
import { listen, urlOf } from './http/server.js';
import { createMetrics } from './observability/metrics.js';
import { deriveCursorKey } from './pagination/cursor/key.js';
import { type Catalog, catalog } from './resources/catalog.js';
import type { Sandbox } from './sandbox/index.js';
import { createUpstream } from './upstream/client.js';
import { type Clock, systemClock } from './util/clock.js';
import { Closers } from './util/closers.js';

/** SIMs of the sandbox that GraphiQL's queries show. */
const DEMO_SIMS = 3;

/** A gateway that serves. */
export interface Gateway {
  /** Where it listens: `http://127.0.0.1:4000`. */
  readonly url: string;
  /** SID of a SIM that it can be tried with; `null` when that is the account's secret. */
  readonly demoSid: string | null;
  /**
   * Ends it: no new connections, then what is in flight, for as long as the grace period, then the upstream.
   *
   * @param lingerMs - how long requests on open and new connections are answered before that, in milliseconds
   */
  close(lingerMs?: number): Promise<void>;
}

/** How long the gateway may take to stop, in milliseconds: what is in flight then is broken off. */
const GRACE_MS = 10_000;

/** What a gateway is started with beside its configuration, for tests. */
export interface GatewayOptions {
  /** Clock, timers and jitter of the upstream client. */
  readonly clock?: Clock;
  /** The resources and lists that it serves. */
  readonly catalog?: Catalog;
  /** Additional Yoga plugins. */
  readonly plugins?: readonly PipelinePlugin[];
}

/**
 * Starts a gateway: the upstream first, which is a sandbox unless another one is configured, then the server. If a part
 * cannot be started, those that have been started are closed again.
 *
 * @throws {ConfigError} if the configured address cannot be listened on
 */
export async function startGateway(
  config: Config,
  log: Logger,
  options: GatewayOptions = {},
): Promise<Gateway> {
  const opened = new Closers();
  try {
    return await startParts(config, log, { clock: systemClock, catalog, plugins: [], ...options }, opened);
  } catch (error) {
    // The first error is the one to report.
    await opened.close().catch(() => undefined);
    throw error;
  }
}

async function startParts(
  config: Config,
  log: Logger,
  { clock, catalog: served, plugins }: Required<GatewayOptions>,
  opened: Closers,
): Promise<Gateway> {
  const { remote, sandbox } = await upstreamOf(config, served);
  if (sandbox !== null) opened.add(() => sandbox.close());
  const inFlight = new InFlight();
  const metrics = createMetrics(
    () => inFlight.count,
    () => upstream.state(),
  );
  const fastPath = fastPathOf(config, log);
  const upstream = createUpstream(
    {
      ...remote,
      attemptTimeoutMs: config.upstreamTimeoutMs,
      concurrency: config.upstreamConcurrency,
      compression: asksForCompression(config.upstreamCompression, remote),
      cacheTtlMs: config.cacheTtlMs,
      staleIfErrorMs: config.staleIfErrorMs,
      log,
      observer: metrics.upstream,
    },
    clock,
    fastPath?.listDecoder,
  );
  opened.add(() => upstream.close());
  const callers = await createRateLimiter(config, log);
  if (callers !== null) opened.add(() => callers.close());
  const drain = new GracefulShutdown();
  const graphql = createGraphqlServer({
    config,
    schema: createSchema(served),
    upstream,
    createFastPath: fastPath?.create ?? null,
    plugins,
    cursorKey: cursorKeyOf(remote),
    authenticate: await createAuthentication(config.auth, log),
    demoSids: sandbox?.simSids.slice(0, DEMO_SIMS) ?? [],
    log,
    metrics,
    inFlight,
    rateLimiter: callers,
    now: clock.now,
    stopping: () => drain.stopping,
  });
  opened.add(() => graphql.dispose());
  const server = await listen((request, response) => {
    drain.track(response);
    graphql.listener(request, response);
  }, config);
  server.on('connection', (socket) => drain.trackConnection(socket));
  return {
    url: urlOf(server),
    demoSid: sandbox?.simSids[0] ?? null,
    async close(lingerMs = 0) {
      const brokenOff = await drain.begin(server, { lingerMs, graceMs: GRACE_MS });
      if (brokenOff > 0) log.warn({ operations: brokenOff }, 'stopped before all was answered');
      await opened.close();
    },
  };
}

function cursorKeyOf({ auth }: RemoteUpstream): Uint8Array {
  return auth.kind === 'basic'
    ? deriveCursorKey(auth.password, auth.user)
    : deriveCursorKey(auth.clientSecret, auth.clientId);
}

/** The fast path generates code, which Node can be told to forbid. */
function fastPathOf({ fastPath }: Config, log: Logger): FastPathParts | null {
  if (!fastPath) return null;
  const parts = createFastPath();
  if (parts === null) log.warn('the fast path is off: this process must not generate code from strings');
  return parts;
}

/** On loopback nothing is gained by it: to decode takes longer than to transfer. */
function asksForCompression(mode: Config['upstreamCompression'], { baseUrl }: RemoteUpstream): boolean {
  return mode === 'auto' ? !isLoopback(new URL(baseUrl).hostname) : mode === 'on';
}

/** The limiters are only loaded here: most gateways have no limit. */
async function createRateLimiter({ rateLimit, redisUrl }: Config, log: Logger): Promise<RateLimiter | null> {
  if (rateLimit === 0) return null;
  if (redisUrl === null) {
    const { MemoryRateLimiter } = await import('./guards/rate-limit/limiter.js');
    return new MemoryRateLimiter(rateLimit);
  }
  const { connectRedisRateLimiter } = await import('./guards/rate-limit/redis-limiter.js');
  return connectRedisRateLimiter(redisUrl, rateLimit, log);
}

async function upstreamOf(
  { upstream }: Config,
  served: Catalog,
): Promise<{ remote: RemoteUpstream; sandbox: Sandbox | null }> {
  if (upstream !== null) return { remote: upstream, sandbox: null };
  // With an upstream of its own the gateway never needs it.
  const { startSandbox } = await import('./sandbox/index.js');
  const sandbox = await startSandbox({ catalog: served });
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
