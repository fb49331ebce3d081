import type { Server } from 'node:http';
import type { Logger } from 'pino';
import { type SandboxAccess, startEmbeddedSandbox } from '../app.js';
import type { Config } from '../config/index.js';
import { Cors } from '../http/cors.js';
import { Responder } from '../http/responder.js';
import { createRouter } from '../http/router.js';
import { INTERNAL_ADDRESS, listen, urlOf } from '../http/server.js';
import { METRICS_TYPE } from '../observability/aggregated-metrics.js';
import { anonymousMetricsEndpoint } from '../observability/metrics/endpoint.js';
import { operationalRoutes, readinessAnswer } from '../observability/operational-endpoints.js';
import { describeUnexpected } from '../observability/unexpected.js';
import { mergedState } from './merged-state.js';
import { Supervisor, type SupervisorEvents } from './supervisor.js';

/** Number of sandbox SIMs that the workers need for examples. */
const EXAMPLE_SIMS = 3;

/** The process that supervises the workers. */
export interface Primary {
  /** URL of the endpoints for operators; `null`: the workers serve them. */
  readonly internalUrl: string | null;
  /** SID of a sandbox SIM for examples; `null` with a real upstream. */
  readonly demoSid: string | null;
  /** Passes SIGHUP on to all workers. */
  reload(): void;
  /** Stops all workers. @returns the worst of their exit codes */
  close(): Promise<number>;
}

/**
 * Starts the workers, and what there is once for all of them: the sandbox, the rate limiter's counts without Redis, and the
 * listener of `INTERNAL_PORT`.
 *
 * @throws {ConfigError} if `INTERNAL_PORT` cannot be listened on
 */
export async function startPrimary(config: Config, log: Logger, events: SupervisorEvents): Promise<Primary> {
  const sandbox = config.accounts === null ? await startEmbeddedSandbox(config.fleet) : null;
  if (config.rateLimit > 0 && config.redis === null) {
    const { RateLimiterClusterMaster } = await import('rate-limiter-flexible');
    new RateLimiterClusterMaster();
  }
  const access: SandboxAccess | null = sandbox && {
    url: sandbox.url,
    credentials: sandbox.credentials,
    simSids: sandbox.simSids.slice(0, EXAMPLE_SIMS),
    liveSimSid: sandbox.liveSimSid,
  };
  const supervisor = new Supervisor(config, log, access, events);
  const internal = await listenInternally(config, supervisor, log);
  supervisor.start();
  return {
    internalUrl: internal === null ? null : urlOf(internal),
    demoSid: access?.simSids[0] ?? null,
    reload: () => supervisor.reload(),
    async close() {
      const code = await supervisor.close();
      await sandbox?.close();
      internal?.close().closeAllConnections();
      return code;
    },
  };
}

async function listenInternally(
  { internal, operationTimeoutMs, compression }: Config,
  supervisor: Supervisor,
  log: Logger,
): Promise<Server | null> {
  if (internal === null) return null;
  const metrics = { text: () => supervisor.metrics(), contentType: METRICS_TYPE };
  const responder = new Responder(compression);
  const onError = (error: unknown) => log.error(describeUnexpected(error), 'unexpected error');
  const readiness = async () =>
    readinessAnswer(mergedState(await supervisor.statuses()), unreadyReason(supervisor));
  const sources = { readiness, metrics: anonymousMetricsEndpoint(metrics) };
  const router = createRouter({
    routes: operationalRoutes(responder, sources, onError),
    cors: new Cors([], log),
    responder,
    graphiql: false,
  });
  return listen(router, { ...internal, operationTimeoutMs }, INTERNAL_ADDRESS);
}

function unreadyReason(supervisor: Supervisor): string | null {
  if (supervisor.stopping) return 'the gateway is stopping';
  return supervisor.listening === 0 ? 'no worker is listening' : null;
}
