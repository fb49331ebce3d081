import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { UPSTREAM_STATES, type UpstreamState } from '../upstream/resilience/health.js';
import type { BreakerState, UpstreamObserver } from '../upstream/settings.js';

/** Result of one operation. */
interface OperationRecord {
  /** `ok`, or the code of its first error: a value of a fixed set. */
  readonly outcome: string;
  readonly seconds: number;
  readonly cacheHits: number;
}

/** Prometheus metrics of the gateway. No label has a value that a client can choose. */
export interface Metrics {
  /** Receives the events of an account's upstream client. */
  readonly upstreamOf: (account: string) => UpstreamObserver;
  operation(record: OperationRecord): void;
  /** Returns all metrics in the text format of Prometheus. */
  text(): Promise<string>;
  readonly contentType: string;
}

const BREAKER_STATES: readonly BreakerState[] = ['closed', 'open', 'half-open'];

/** Histogram buckets in seconds, from a cached response to the deadline of an operation. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * Creates the metrics.
 *
 * @param inFlight - returns the number of operations in flight
 * @param upstreamStates - returns the current state of the upstream of each account
 */
export function createMetrics(
  inFlight: () => number,
  upstreamStates: () => ReadonlyMap<string, UpstreamState>,
): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const operations = new Histogram({
    name: 'gateway_operation_duration_seconds',
    help: 'Completed operations, by outcome: ok, or the code of the first error.',
    labelNames: ['outcome'],
    buckets: BUCKETS,
    registers,
  });
  new Gauge({
    name: 'gateway_operations_in_flight',
    help: 'Operations in flight, including those that wait for an upstream request.',
    registers,
    collect() {
      this.set(inFlight());
    },
  });
  new Gauge({
    name: 'gateway_upstream_state',
    help: 'State of the upstream, as in /ready: 1 for the current state, 0 for the others.',
    labelNames: ['account', 'state'],
    registers,
    collect() {
      this.reset();
      for (const [account, current] of upstreamStates())
        for (const state of UPSTREAM_STATES) this.set({ account, state }, state === current ? 1 : 0);
    },
  });
  const cacheHits = new Counter({
    name: 'gateway_cache_hits_total',
    help: 'Upstream responses that were cached, stale, or shared with another operation.',
    registers,
  });
  return {
    upstreamOf: upstreamMetrics(registry),
    operation({ outcome, seconds, cacheHits: hits }) {
      operations.observe({ outcome }, seconds);
      if (hits > 0) cacheHits.inc(hits);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function upstreamMetrics(registry: Registry): (account: string) => UpstreamObserver {
  const registers = [registry];
  const attempts = new Histogram({
    name: 'gateway_upstream_attempt_duration_seconds',
    help: 'Requests sent to the upstream, including retries, by outcome.',
    labelNames: ['account', 'outcome'],
    buckets: BUCKETS,
    registers,
  });
  const retries = new Counter({
    name: 'gateway_upstream_retries_total',
    help: 'Retries of upstream requests.',
    labelNames: ['account'],
    registers,
  });
  const breaker = new Gauge({
    name: 'gateway_upstream_breaker_state',
    help: 'State of the circuit breaker: 1 for the current state, 0 for the others.',
    labelNames: ['account', 'state'],
    registers,
  });
  const drift = new Counter({
    name: 'gateway_upstream_drift_total',
    help: 'Upstream enum values not defined in the schema, by field.',
    labelNames: ['account', 'field'],
    registers,
  });
  return (account) => {
    const setBreakerState = (current: BreakerState) => {
      for (const state of BREAKER_STATES) breaker.set({ account, state }, state === current ? 1 : 0);
    };
    setBreakerState('closed');
    retries.inc({ account }, 0);
    return {
      attempt: (outcome, durationMs) => attempts.observe({ account, outcome }, durationMs / 1000),
      retry: () => retries.inc({ account }),
      breaker: setBreakerState,
      drift: (field) => drift.inc({ account, field }),
    };
  };
}
