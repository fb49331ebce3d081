import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { BreakerState, UpstreamObserver } from '../upstream/settings.js';

/** What one operation came to. */
interface OperationRecord {
  /** `ok`, or the code of its error: one out of a set that clients cannot add to. */
  readonly outcome: string;
  readonly seconds: number;
  readonly cacheHits: number;
}

/** What is counted of the gateway, for Prometheus. No label has a value that a client can choose. */
export interface Metrics {
  readonly upstream: UpstreamObserver;
  operation(record: OperationRecord): void;
  /** Everything, as text in Prometheus' format. */
  text(): Promise<string>;
  readonly contentType: string;
}

const BREAKER_STATES: readonly BreakerState[] = ['closed', 'open', 'half-open'];

/** Seconds: from an answer out of the cache to the deadline of an operation. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** @param inFlight - tells how many operations are in flight */
export function createMetrics(inFlight: () => number): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const operations = new Histogram({
    name: 'gateway_operation_duration_seconds',
    help: 'Operations that were answered, by outcome: ok, or the code of the error.',
    labelNames: ['outcome'],
    buckets: BUCKETS,
    registers,
  });
  new Gauge({
    name: 'gateway_operations_in_flight',
    help: 'Operations in flight and waiting.',
    registers,
    collect() {
      this.set(inFlight());
    },
  });
  const cacheHits = new Counter({
    name: 'gateway_cache_hits_total',
    help: 'Upstream answers that needed no request of their own.',
    registers,
  });
  return {
    upstream: upstreamMetrics(registry),
    operation({ outcome, seconds, cacheHits: hits }) {
      operations.observe({ outcome }, seconds);
      if (hits > 0) cacheHits.inc(hits);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function upstreamMetrics(registry: Registry): UpstreamObserver {
  const registers = [registry];
  const attempts = new Histogram({
    name: 'gateway_upstream_attempt_duration_seconds',
    help: 'Requests sent to the upstream, repeated ones included, by outcome.',
    labelNames: ['outcome'],
    buckets: BUCKETS,
    registers,
  });
  const retries = new Counter({
    name: 'gateway_upstream_retries_total',
    help: 'Upstream requests that were repeated.',
    registers,
  });
  const breaker = new Gauge({
    name: 'gateway_upstream_breaker_state',
    help: 'Whether the circuit breaker is in this state: 1 for one of them.',
    labelNames: ['state'],
    registers,
  });
  const drift = new Counter({
    name: 'gateway_upstream_drift_total',
    help: 'Enum members of upstream records with a value that the gateway does not know, by field.',
    labelNames: ['field'],
    registers,
  });
  const showBreaker = (current: BreakerState) => {
    for (const state of BREAKER_STATES) breaker.set({ state }, state === current ? 1 : 0);
  };
  showBreaker('closed');
  return {
    attempt: (outcome, durationMs) => attempts.observe({ outcome }, durationMs / 1000),
    retry: () => retries.inc(),
    breaker: showBreaker,
    drift: (field) => drift.inc({ field }),
  };
}
