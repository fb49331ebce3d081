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

/** Gauges of the caches of each account. */
const CACHES: readonly {
  name: string;
  help: string;
  of: (cache: UpstreamStats['caches'][number]) => number;
}[] = [
  { name: 'gateway_cache_entries', help: 'Responses in the cache, by route.', of: ({ entries }) => entries },
  {
    name: 'gateway_cache_bytes',
    help: 'Approximate size of the cached responses, by route.',
    of: ({ bytes }) => bytes,
  },
];

/**
 * Adds the gauges of upstream clients.
 *
 * @returns sets all of them. It is called before the metrics are read, because each gauge by itself would have the
 *   clients count again
 */
export function upstreamGauges(registry: Registry, upstreams: MetricSources['upstreams']): () => void {
  const registers = [registry];
  const states = new Gauge({
    name: 'gateway_upstream_state',
    help: 'State of the upstream, as in /ready: 1 for the current state, 0 for the others.',
    aggregator: 'max',
    labelNames: ['account', 'state'],
    registers,
  });
  const breakers = new Gauge({
    name: 'gateway_upstream_breaker_state',
    help: 'State of the circuit breaker: 1 for the current state, 0 for the others.',
    labelNames: ['account', 'state'],
    registers,
    aggregator: 'max',
  });
  const numbers = NUMBERS.map(({ name, help, of }) => {
    return { of, gauge: new Gauge({ name, help, labelNames: ['account'], registers }) };
  });
  const caches = CACHES.map(({ name, help, of }) => {
    return { of, gauge: new Gauge({ name, help, labelNames: ['account', 'route'], registers }) };
  });
  const all = [states, breakers, ...[...numbers, ...caches].map(({ gauge }) => gauge)];
  return () => {
    // An account that has been removed has no series any more.
    for (const gauge of all) gauge.reset();
    for (const [account, { state, stats }] of upstreams()) {
      for (const name of UPSTREAM_STATES) states.set({ account, state: name }, name === state ? 1 : 0);
      for (const name of BREAKER_STATES)
        breakers.set({ account, state: name }, name === stats.breaker ? 1 : 0);
      for (const { gauge, of } of numbers) gauge.set({ account }, of(stats));
      // A route can have several caches.
      for (const { gauge, of } of caches)
        for (const cache of stats.caches) gauge.inc({ account, route: cache.route }, of(cache));
    }
  };
}
