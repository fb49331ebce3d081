import type { HttpContext } from '../http/context.js';
import { type EndpointAnswer, endpoint } from '../http/endpoint.js';
import type { Responder } from '../http/responder.js';
import type { Route } from '../http/router.js';
import { UPSTREAM_STATES, type UpstreamState } from '../upstream/resilience/health.js';
import type { RedisState } from './metrics/redis.js';

/** Response of `/health`: only says that the process responds. */
const ALIVE = { status: 200, body: '{"alive":true}', contentType: 'application/json' };

/** What the endpoints for operators say. */
export interface OperationalSources {
  readonly readiness: () => EndpointAnswer | Promise<EndpointAnswer>;
  /** `null`: `/metrics` is not served here. */
  readonly metrics: ((context: HttpContext) => EndpointAnswer | Promise<EndpointAnswer>) | null;
}

/**
 * Creates the routes of the endpoints for operators: `/health`, `/ready`, and `/metrics` if it is served.
 *
 * @param onError - called with an error that a source throws; the client gets status 500
 */
export function operationalRoutes(
  responder: Responder,
  { readiness, metrics }: OperationalSources,
  onError: (error: unknown) => void,
): Record<string, Route> {
  return {
    '/health': endpoint(responder, () => ALIVE, onError),
    '/ready': endpoint(responder, readiness, onError),
    ...(metrics !== null && { '/metrics': endpoint(responder, metrics, onError) }),
  };
}

/** State of what the process depends on. */
export interface ReadyState {
  /** Of the upstream of each account. */
  readonly upstreams: readonly UpstreamState[];
  /** `null`: Redis is not used. */
  readonly redis: RedisState | null;
}

/**
 * Response of `/ready`. A failing upstream does not make the process unready: all instances share the upstream, and
 * stale responses and coded errors are better than a load balancer without any instance.
 *
 * @param unready - why the process cannot serve; `null` if it can
 */
export function readinessAnswer({ upstreams, redis }: ReadyState, unready: string | null): EndpointAnswer {
  const state = UPSTREAM_STATES.findLast((candidate) => upstreams.includes(candidate));
  // The names of accounts are not shown: this endpoint needs no authentication.
  const accounts = upstreams.length > 1 ? { accounts: countsOf(upstreams) } : {};
  const body = {
    ready: unready === null,
    ...(unready !== null && { reason: unready }),
    upstream: { state, ...accounts },
    ...(redis !== null && { redis: { state: redis } }),
  };
  return { status: body.ready ? 200 : 503, body: JSON.stringify(body), contentType: 'application/json' };
}

function countsOf(states: readonly UpstreamState[]): Record<string, number> {
  return Object.fromEntries(
    UPSTREAM_STATES.map((state) => [state, states.filter((candidate) => candidate === state).length]),
  );
}
