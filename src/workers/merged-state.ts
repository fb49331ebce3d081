import type { GatewayStatus } from '../app.js';
import { REDIS_STATES } from '../observability/metrics/redis.js';
import type { ReadyState } from '../observability/operational-endpoints.js';
import { UPSTREAM_STATES, type UpstreamState } from '../upstream/resilience/health.js';

/**
 * Merges what workers report: for each account, and for Redis, the worst state that one of them sees.
 *
 * Accounts are merged by name, because their order differs: a worker that has replaced an account while running has it last.
 */
export function mergedState(statuses: readonly Pick<GatewayStatus, 'accounts' | 'redis'>[]): ReadyState {
  const worst = new Map<string, UpstreamState>();
  for (const { account, state } of statuses.flatMap(({ accounts }) => accounts)) {
    const other = worst.get(account);
    if (other === undefined || UPSTREAM_STATES.indexOf(state) > UPSTREAM_STATES.indexOf(other))
      worst.set(account, state);
  }
  const redis = REDIS_STATES.findLast((state) => statuses.some((status) => status.redis === state)) ?? null;
  // No worker has reported: none has found that the upstream fails.
  return { upstreams: worst.size === 0 ? ['ok'] : [...worst.values()], redis };
}
