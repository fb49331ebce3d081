import type { LiveStats } from '../../live/live-lists.js';
import type { UpstreamState } from '../../upstream/resilience/health.js';
import type { UpstreamStats } from '../../upstream/settings.js';

/** State of the parts of a gateway, which is read when the metrics are requested. */
export interface MetricSources {
  readonly operationsInFlight: () => number;
  readonly stopping: () => boolean;
  /** By the name of the account. */
  readonly upstreams: () => ReadonlyMap<
    string,
    { readonly state: UpstreamState; readonly stats: UpstreamStats }
  >;
  /** By the name of the account. */
  readonly subscriptions: () => ReadonlyMap<string, LiveStats>;
}
