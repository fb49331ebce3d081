import type { Server } from 'node:http';
import type { Logger } from 'pino';
import { secretOf } from './accounts/account.js';
import { AccountRegistry } from './accounts/registry.js';
import { isLoopback } from './config/hosts.js';
import { type AccountConfig, type Config, ONLY_ACCOUNT, type RemoteUpstream } from './config/index.js';
import type { AccountState } from './connections/accounts.js';
import { createFastPath, type FastPathParts } from './fast-path/index.js';
import type { PipelinePlugin } from './graphql/plugins/pipeline-plugin.js';
import { Callbacks } from './graphql/plugins/subscriptions/callback/index.js';
import { createSchema } from './graphql/schema/index.js';
import { createGraphqlServer } from './graphql/server.js';
import { Authentication } from './guards/authentication/authenticate.js';
import { InFlight } from './guards/in-flight-limit.js';
import type { RateLimiter } from './guards/rate-limit/limiter.js';
import { type DrainTimes, GracefulShutdown } from './http/graceful-shutdown.js';
import { INTERNAL_ADDRESS, listen, urlOf } from './http/server.js';
import type { MetricsSnapshot } from './observability/aggregated-metrics.js';
import { createMetrics, type Metrics } from './observability/metrics/index.js';
import type { RedisState } from './observability/metrics/redis.js';
import type { OpenTelemetry } from './observability/tracing/index.js';
import { deriveCursorKey } from './pagination/cursor/key.js';
import type { SharedAccount, SharedRedis } from './redis/index.js';
import { type Catalog, catalog } from './resources/catalog.js';
import type { Sandbox } from './sandbox/index.js';
import { referenceListDecoder } from './upstream/decode/list.js';
import { type Clock, systemClock } from './util/clock.js';
import { Closers } from './util/closers.js';

/** Number of sandbox SIMs in the example queries of GraphiQL. */
const DEMO_SIMS = 3;

/**
 * Shortest time limit of a poll. It is not longer than the interval, because other instances wait for the page of a poll that is
 * in flight.
 */
const MIN_POLL_TIMEOUT_MS = 5000;

/** A running gateway. */
export interface Gateway {
  /** URL of its address: `http://127.0.0.1:4000`. */
  readonly url: string;
  /** URL of the endpoints for operators; `null`: they are served at `url`. */
  readonly internalUrl: string | null;
  /** Returns what it reports to another process. */
  status(): Promise<GatewayStatus>;
  /** SID of a sandbox SIM for examples; `null` with a real upstream. */
  readonly demoSid: string | null;
  /**
   * Takes over what can change without a restart: accounts, upstream credentials, cursor secrets and static tokens. No
   * request is dropped.
   */
  reload(config: Config): void;
  /**
   * Stops the gateway: accepts no new connections, waits for operations in flight up to the grace period, and closes
   * the upstream client.
   *
   * @param times - how long requests are still accepted before that; by default not at all
   */
  close(times?: Partial<Pick<DrainTimes, 'delayMs' | 'lingerMs'>>): Promise<void>;
}

/** What a gateway reports to another process. */
export interface GatewayStatus {
  readonly accounts: readonly AccountState[];
  /** `null`: Redis is not used. */
  readonly redis: RedisState | null;
  readonly metrics: MetricsSnapshot;
}

/** A sandbox that another process can have started. */
export type SandboxAccess = Pick<Sandbox, 'url' | 'credentials' | 'simSids' | 'liveSimSid'>;

/** What a worker has from the process that supervises it. */
interface WorkerParts {
  /** `null` with a real upstream. */
  readonly sandbox: SandboxAccess | null;
  /** Returns the metrics of all workers in the text format of Prometheus. */
  readonly allMetrics: () => Promise<string>;
}

/** Parts of a gateway that are not configured by variables. */
export interface GatewayOptions {
  /** Clock, timers and jitter of the upstream client. */
  readonly clock?: Clock;
  /** The resources and lists that it serves. */
  readonly catalog?: Catalog;
  /** Additional Yoga plugins. */
  readonly plugins?: readonly PipelinePlugin[];
  /** Set in a worker. The process that supervises it has the listener of `INTERNAL_PORT`. */
  readonly worker?: WorkerParts | null;
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
    return await startParts(
      config,
      log,
      { clock: systemClock, catalog, plugins: [], worker: null, ...options },
      opened,
    );
  } catch (error) {
    // The first error is the one to report.
    await opened.close().catch(() => undefined);
    throw error;
  }
}

async function startParts(
  config: Config,
  log: Logger,
  { clock, catalog: served, plugins, worker }: Required<GatewayOptions>,
  opened: Closers,
): Promise<Gateway> {
  let internal: Server | null = null;
  // First, so that it is closed last: /ready and /metrics are served until everything has ended.
  opened.add(() => void internal?.close().closeAllConnections());
  const { configs, sandbox } = await accountsOf(config, served, clock, worker, opened);
  const inFlight = new InFlight();
  const metrics = createMetrics({
    operationsInFlight: () => inFlight.count,
    stopping: () => shutdown.stopping,
    upstreams: () => accounts.upstreams(),
    subscriptions: () => accounts.subscriptions(),
  });
  const shutdown = new GracefulShutdown({
    onAnswered: ({ req, statusCode }) => metrics.response(req.url ?? '', statusCode),
    onClosing: () => accounts.endSubscriptions(),
    onAllAnswered: async () => callbacks?.settled(),
  });
  const { liveCallbackHosts: hosts } = config;
  const callbacks = hosts.length === 0 ? null : new Callbacks({ hosts, clock, log });
  if (callbacks !== null) opened.add(() => callbacks.close());
  const openTelemetry = await startOpenTelemetryOf(config, log, metrics);
  if (openTelemetry !== null) opened.add(() => openTelemetry.close());
  const fastPath = fastPathOf(config, log);
  const redis = await connectSharedRedis(config, configs, clock, log, metrics);
  if (redis !== null) opened.add(() => redis.close());
  const subscriptions = { max: config.maxSubscriptions, current: 0 };
  const accounts = new AccountRegistry(configs, config.cursorSecrets, {
    clock,
    listDecoder: fastPath?.listDecoder ?? referenceListDecoder,
    settingsFor: (account) => ({
      attemptTimeoutMs: config.upstreamTimeoutMs,
      // The sandbox is in this process, which no proxy can reach.
      proxy: sandbox === null ? config.proxy : null,
      compression: acceptsCompression(config.upstreamCompression, account.upstream),
      cacheTtlMs: config.cacheTtlMs,
      staleIfErrorMs: config.staleIfErrorMs,
      log: log.child({ account: account.name }),
      observer: metrics.upstreamOf(account.name),
      traceparent: config.openTelemetry?.upstreamTraceparent ?? false,
      ...(redis !== null && { shared: redis.account(sharedAccount(account, config)) }),
    }),
    liveSettingsFor: (account) => ({
      pollMs: config.livePollMs,
      timeoutMs: Math.min(config.operationTimeoutMs, Math.max(config.livePollMs, MIN_POLL_TIMEOUT_MS)),
      count: subscriptions,
      observer: metrics.liveOf(account.name),
    }),
    log,
    drainMs: config.operationTimeoutMs,
  });
  opened.add(() => accounts.close());
  const rateLimiter = await createRateLimiter(config, redis, worker !== null);
  const authentication = await Authentication.create(config, {
    isServed: (account) => accounts.has(account),
    proxy: config.proxy,
    log,
  });
  const graphql = createGraphqlServer({
    config,
    schema: createSchema(served),
    accounts,
    createFastPath: fastPath?.create ?? null,
    plugins,
    authenticate: authentication.authenticate,
    callbacks,
    demoSims: {
      sids: sandbox?.simSids.slice(0, DEMO_SIMS) ?? [],
      liveSid: sandbox?.liveSimSid ?? null,
    },
    log,
    metrics,
    scraped: worker === null ? metrics : { text: worker.allMetrics, contentType: metrics.contentType },
    inFlight,
    rateLimiter,
    documents: redis?.documents() ?? null,
    redisState: redis === null ? null : () => redis.state(),
    clock,
    startSpan: openTelemetry?.startSpan ?? null,
    stopping: () => shutdown.stopping,
  });
  opened.add(() => graphql.dispose());
  if (config.internal !== null && worker === null) {
    const settings = { ...config.internal, operationTimeoutMs: config.operationTimeoutMs };
    internal = await listen(graphql.internalListener, settings, INTERNAL_ADDRESS);
  }
  const server = await listen((request, response) => {
    shutdown.track(response);
    graphql.listener(request, response);
  }, config);
  server.on('connection', (socket) => shutdown.trackConnection(socket));
  return {
    url: urlOf(server),
    internalUrl: internal === null ? null : urlOf(internal),
    demoSid: sandbox?.simSids[0] ?? null,
    reload(next) {
      // The sandbox has one account, which does not change.
      if (next.accounts !== null && sandbox === null) accounts.replace(next.accounts, next.cursorSecrets);
      authentication.reconfigure(next);
    },
    status: async () => ({
      accounts: accounts.states(),
      redis: redis?.state() ?? null,
      metrics: await metrics.collect(),
    }),
    async close(times = {}) {
      const graceMs = config.shutdownGraceMs;
      const aborted = await shutdown.begin(server, { delayMs: 0, lingerMs: 0, ...times, graceMs });
      if (aborted > 0) log.warn({ operations: aborted }, 'shutdown grace period expired, responses aborted');
      await opened.close();
    },
  };
}

/** The fast path needs code generation, which `node --disallow-code-generation-from-strings` forbids. */
function fastPathOf({ fastPath }: Config, log: Logger): FastPathParts | null {
  if (!fastPath) return null;
  const parts = createFastPath();
  if (parts === null)
    log.warn('fast path disabled: code generation from strings is not allowed in this process');
  return parts;
}

/** Whether upstream requests accept gzip. On loopback, decoding takes longer than the transfer. */
function acceptsCompression(mode: Config['upstreamCompression'], { baseUrl }: RemoteUpstream): boolean {
  return mode === 'auto' ? !isLoopback(new URL(baseUrl).hostname) : mode === 'on';
}

/** Loaded on demand, because most gateways export neither traces nor metrics. */
async function startOpenTelemetryOf(
  { openTelemetry }: Config,
  log: Logger,
  metrics: Metrics,
): Promise<OpenTelemetry | null> {
  if (openTelemetry === null) return null;
  const { startOpenTelemetry } = await import('./observability/tracing/index.js');
  return startOpenTelemetry(openTelemetry, log, metrics.collect);
}

/** Redis is only loaded here: most gateways do not share state. */
async function connectSharedRedis(
  { redis: address, cursorSecrets }: Config,
  [first]: readonly AccountConfig[],
  clock: Clock,
  log: Logger,
  { redis: observe }: Metrics,
): Promise<SharedRedis | null> {
  if (address === null || first === undefined) return null;
  const { connectRedis } = await import('./redis/index.js');
  const { identity, auth } = first.upstream;
  const secret = deriveCursorKey(cursorSecrets?.[0] ?? secretOf(auth), identity);
  return connectRedis({ address, secret, clock, log, observe });
}

/** The account whose state the instances share: all that use the same credentials of the same upstream. */
function sharedAccount({ upstream, concurrency }: AccountConfig, config: Config): SharedAccount {
  const { baseUrl, identity, accountSid, auth } = upstream;
  return {
    name: JSON.stringify([baseUrl, identity, accountSid]),
    secret: secretOf(auth),
    limit: concurrency,
    attemptTimeoutMs: config.upstreamTimeoutMs,
    cacheTtlMs: config.cacheTtlMs,
    staleIfErrorMs: config.staleIfErrorMs,
  };
}

/** The limiters are only loaded here: most gateways have no limit. */
async function createRateLimiter(
  { rateLimit }: Config,
  redis: SharedRedis | null,
  inWorker: boolean,
): Promise<RateLimiter | null> {
  if (rateLimit === 0) return null;
  if (redis !== null) return redis.rateLimiter(rateLimit);
  if (inWorker) {
    const { ClusterRateLimiter } = await import('./guards/rate-limit/cluster-limiter.js');
    return new ClusterRateLimiter(rateLimit);
  }
  const { memoryRateLimiter } = await import('./guards/rate-limit/limiter.js');
  return memoryRateLimiter(rateLimit);
}

async function accountsOf(
  { accounts, fleet, upstreamConcurrency: concurrency }: Config,
  served: Catalog,
  clock: Clock,
  worker: WorkerParts | null,
  opened: Closers,
): Promise<{ configs: readonly AccountConfig[]; sandbox: SandboxAccess | null }> {
  if (accounts !== null) return { configs: accounts, sandbox: null };
  let sandbox = worker?.sandbox ?? null;
  if (sandbox === null) {
    const own = await startEmbeddedSandbox(fleet, served, clock);
    opened.add(() => own.close());
    sandbox = own;
  }
  return { configs: [{ name: ONLY_ACCOUNT, upstream: sandboxUpstream(sandbox), concurrency }], sandbox };
}

/**
 * Starts the embedded sandbox, with data up to now and a live SIM. It is loaded on demand, because a gateway with a real
 * upstream does not need it.
 *
 * @param fleet - number of SIMs; `null`: the default of the sandbox
 */
export async function startEmbeddedSandbox(
  fleet: number | null,
  served: Catalog = catalog,
  clock: Pick<Clock, 'wallNow'> = systemClock,
): Promise<Sandbox> {
  const { startSandbox } = await import('./sandbox/index.js');
  const now = new Date(clock.wallNow());
  const liveSessions = () => clock.wallNow();
  return startSandbox({ catalog: served, now, liveSessions, ...(fleet !== null && { sims: fleet }) });
}

/** Settings for the sandbox, which is used over HTTP like a real upstream. */
function sandboxUpstream({ url, credentials }: SandboxAccess): RemoteUpstream {
  return {
    dialect: 'twilio',
    baseUrl: url,
    publicBaseUrl: url,
    auth: { kind: 'basic', user: credentials.accountSid, password: credentials.authToken },
    identity: credentials.accountSid,
    accountSid: credentials.accountSid,
  };
}
