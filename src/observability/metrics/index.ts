import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { LiveObserver } from '../../live/observer.js';
import type { UpstreamObserver } from '../../upstream/settings.js';
import { VERSION } from '../../version.js';
import type { MetricsSnapshot } from '../aggregated-metrics.js';
import { type HttpMetrics, httpMetrics } from './http.js';
import { liveMetrics } from './live.js';
import { type OperationMetrics, operationMetrics } from './operations.js';
import { addRedisMetrics, type RedisObserver, type RedisState } from './redis.js';
import type { MetricSources } from './sources.js';
import { upstreamEvents } from './upstream-events.js';
import { upstreamGauges } from './upstream-gauges.js';

/** Prometheus metrics of the gateway. No label has an unbounded number of values that a client can choose. */
export interface Metrics extends OperationMetrics, HttpMetrics {
  /** Receives the events of an account's upstream client. */
  readonly upstreamOf: (account: string) => UpstreamObserver;
  /** Receives the events of an account's subscriptions. */
  readonly liveOf: (account: string) => LiveObserver;
  /** Adds the metrics of Redis. @param state - returns the current state */
  readonly redis: (state: () => RedisState) => RedisObserver;
  /** Returns all metrics in the text format of Prometheus. */
  text(): Promise<string>;
  /** Returns all metrics as objects. */
  collect(): Promise<MetricsSnapshot>;
  readonly contentType: string;
}

/** Creates the metrics. */
export function createMetrics({
  operationsInFlight,
  stopping,
  upstreams,
  subscriptions,
}: MetricSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'gateway_build_info',
    help: 'Version of the gateway and of Node. Its value is always 1.',
    labelNames: ['version', 'node'],
    registers,
    aggregator: 'max',
  }).set({ version: VERSION, node: process.versions.node }, 1);
  new Gauge({
    name: 'gateway_operations_in_flight',
    help: 'Operations in flight, including those that wait for an upstream request.',
    registers,
    collect() {
      this.set(operationsInFlight());
    },
  });
  new Gauge({
    name: 'gateway_draining',
    help: '1 while the process is stopping, else 0.',
    registers,
    aggregator: 'max',
    collect() {
      this.set(stopping() ? 1 : 0);
    },
  });
  const setUpstreamGauges = upstreamGauges(registry, upstreams);
  return {
    ...operationMetrics(registry),
    ...httpMetrics(registry),
    upstreamOf: upstreamEvents(registry),
    liveOf: liveMetrics(registry, subscriptions),
    redis: (state) => addRedisMetrics(registry, state),
    text() {
      setUpstreamGauges();
      return registry.metrics();
    },
    collect() {
      setUpstreamGauges();
      return registry.getMetricsAsJSON();
    },
    contentType: registry.contentType,
  };
}
