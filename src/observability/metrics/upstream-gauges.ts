import { Gauge, type Registry } from 'prom-client';
import { UPSTREAM_STATES } from '../../upstream/resilience/health.js';
import type { BreakerState, UpstreamStats } from '../../upstream/settings.js';
import type { MetricSources } from './sources.js';

const BREAKER_STATES: readonly BreakerState[] = ['closed', 'open', 'half-open'];

/** Gauges of one number of each account. */
const NUMBERS: readonly { name: string; help: string; of: (stats: UpstreamStats) => number }[] = [
  {
    name: 'gateway_upstream_concurrency_limit',
    help: 'Upstream requests that may be in flight at present: the limit adapts to 429 responses.',
    of: ({ limit }) => limit,
  },
  {
    name: 'gateway_upstream_concurrency_max',
    help: 'Upstream requests that may be in flight, as configured.',
    of: ({ maxLimit }) => maxLimit,
  },
  {
    name: 'gateway_upstream_requests_in_flight',
    help: 'Upstream requests in flight.',
    of: ({ inFlight }) => inFlight,
  },
  {
    name: 'gateway_upstream_queue_length',
    help: 'Upstream requests that wait for a permit of the concurrency limiter.',
    of: ({ queued }) => queued,
  },
  {
    name: 'gateway_upstream_retry_budget',
    help: 'Retries that may be sent at present.',
    of: ({ retryBudget }) => retryBudget,
  },
];

/** Adds the gauges of upstream clients. They are read when the metrics are requested. */
export function upstreamGauges(registry: Registry, upstreams: MetricSources['upstreams']): void {
  const registers = [registry];
  new Gauge({
    name: 'gateway_upstream_state',
    help: 'State of the upstream, as in /ready: 1 for the current state, 0 for the others.',
    aggregator: 'max',
    labelNames: ['account', 'state'],
    registers,
    collect() {
      // An account that has been removed has no series any more.
      this.reset();
      for (const [account, { state: current }] of upstreams())
        for (const state of UPSTREAM_STATES) this.set({ account, state }, state === current ? 1 : 0);
    },
  });
  new Gauge({
    name: 'gateway_upstream_breaker_state',
    help: 'State of the circuit breaker: 1 for the current state, 0 for the others.',
    labelNames: ['account', 'state'],
    registers,
    aggregator: 'max',
    collect() {
      this.reset();
      for (const [account, { stats }] of upstreams())
        for (const state of BREAKER_STATES) this.set({ account, state }, state === stats.breaker ? 1 : 0);
    },
  });
  for (const { name, help, of } of NUMBERS) {
    new Gauge({
      name,
      help,
      labelNames: ['account'],
      registers,
      collect() {
        this.reset();
        for (const [account, { stats }] of upstreams()) this.set({ account }, of(stats));
      },
    });
  }
  cacheGauge('gateway_cache_entries', 'Responses in the cache, by route.', ({ entries }) => entries);
  cacheGauge(
    'gateway_cache_bytes',
    'Approximate size of the cached responses, by route.',
    ({ bytes }) => bytes,
  );

  function cacheGauge(
    name: string,
    help: string,
    of: (cache: UpstreamStats['caches'][number]) => number,
  ): void {
    new Gauge({
      name,
      help,
      labelNames: ['account', 'route'],
      registers,
      collect() {
        this.reset();
        for (const [account, { stats }] of upstreams())
          for (const cache of stats.caches) this.inc({ account, route: cache.route }, of(cache));
      },
    });
  }
}
