import type { Logger } from 'pino';
import { isLoopback } from './config/hosts.js';
import type { Config, RemoteUpstream } from './config/index.js';
import { createGraphqlServer } from './graphql/server.js';
import { createAuthentication } from './guards/authentication/authenticate.js';
import { InFlight } from './guards/in-flight-limit.js';
import type { RateLimiter } from './guards/rate-limit/limiter.js';
import { GracefulShutdown } from './http/graceful-shutdown.js';
import { listen, urlOf } from './http/server.js';
import { createMetrics } from './observability/metrics.js';
import { deriveCursorKey } from './pagination/cursor/key.js';
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

/**
 * Starts a gateway: its upstream first, which is a sandbox where no other is configured, then the server. When a part
 * cannot be started, those that were are closed again.
 *
 * @param runtime - clock, timers and jitter of the upstream client
 * @throws {ConfigError} when the configured address cannot be listened on
 */
export async function startGateway(
  config: Config,
  log: Logger,
  runtime: Clock = systemClock,
): Promise<Gateway> {
  const opened = new Closers();
  try {
    return await startParts(config, log, runtime, opened);
  } catch (error) {
    // The first error is the one to report.
    await opened.close().catch(() => undefined);
    throw error;
  }
}

async function startParts(config: Config, log: Logger, runtime: Clock, opened: Closers): Promise<Gateway> {
  const { remote, sandbox } = await upstreamOf(config);
  if (sandbox !== null) opened.add(() => sandbox.close());
  const inFlight = new InFlight();
  const metrics = createMetrics(
    () => inFlight.count,
    () => upstream.state(),
  );
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
    runtime,
  );
  opened.add(() => upstream.close());
  const callers = await createRateLimiter(config, log);
  if (callers !== null) opened.add(() => callers.close());
  const drain = new GracefulShutdown();
  const graphql = createGraphqlServer({
    config,
    upstream,
    cursorKey: deriveCursorKey(remote.auth),
    authenticate: await createAuthentication(config.auth, log),
    demoSids: sandbox?.simSids.slice(0, DEMO_SIMS) ?? [],
    log,
    metrics,
    inFlight,
    rateLimiter: callers,
    now: runtime.now,
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
