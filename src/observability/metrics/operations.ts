import { Counter, Histogram, type Registry } from 'prom-client';
import type { PersistedResult } from '../../http/context.js';
import { FAILURES } from '../outcome.js';
import { SECONDS } from './buckets.js';
import { OperationNames } from './operation-names.js';

const PERSISTED_RESULTS: readonly PersistedResult[] = ['found', 'registered', 'unknown', 'rejected'];

/** Result of one operation. */
interface OperationRecord {
  /** As it is logged; `undefined` for an operation without a name. */
  readonly name: string | undefined;
  /** `ok`, or the code of its first error: a value of a fixed set. */
  readonly outcome: string;
  readonly seconds: number;
  readonly upstreamRequests: number;
  readonly cacheHits: number;
  /** `undefined`: it has not been asked for a persisted document. */
  readonly persisted: PersistedResult | undefined;
}

export interface OperationMetrics {
  operation(record: OperationRecord): void;
  /** @param outcome - as that of an operation */
  subscription(outcome: string): void;
}

export function operationMetrics(registry: Registry): OperationMetrics {
  const registers = [registry];
  const durations = new Histogram({
    name: 'gateway_operation_duration_seconds',
    help: 'Completed operations, by outcome: ok, or the code of the first error.',
    labelNames: ['outcome'],
    buckets: SECONDS,
    registers,
  });
  // Prometheus sees no increase in the first value of a series, so an alert would miss the first failure.
  for (const outcome of ['ok', ...FAILURES]) durations.zero({ outcome });
  const operations = new Counter({
    name: 'gateway_operations_total',
    help: 'Completed operations, by name and outcome. Further names than the first hundred are counted as other.',
    labelNames: ['operation', 'outcome'],
    registers,
  });
  const seconds = new Counter({
    name: 'gateway_operation_seconds_total',
    help: 'Time that operations took, by name.',
    labelNames: ['operation'],
    registers,
  });
  const upstreamRequests = new Counter({
    name: 'gateway_operation_upstream_requests_total',
    help: 'Upstream requests that operations took, retries included, by name.',
    labelNames: ['operation'],
    registers,
  });
  const cacheHits = new Counter({
    name: 'gateway_cache_hits_total',
    help: 'Upstream responses that were cached, stale, or shared with another operation.',
    registers,
  });
  const subscriptions = new Counter({
    name: 'gateway_subscriptions_total',
    help: 'Subscriptions that have ended, by outcome: ok, CANCELLED if the client has left, or the code of an error.',
    labelNames: ['outcome'],
    registers,
  });
  const persisted = new Counter({
    name: 'gateway_persisted_operations_total',
    help: 'Operations that were requested by the ID of a persisted document, by result.',
    labelNames: ['result'],
    registers,
  });
  for (const result of PERSISTED_RESULTS) persisted.inc({ result }, 0);
  const names = new OperationNames();
  return {
    operation(record) {
      const { outcome } = record;
      const operation = names.labelOf(record.name, outcome === 'ok');
      durations.observe({ outcome }, record.seconds);
      operations.inc({ operation, outcome });
      seconds.inc({ operation }, record.seconds);
      if (record.upstreamRequests > 0) upstreamRequests.inc({ operation }, record.upstreamRequests);
      if (record.cacheHits > 0) cacheHits.inc(record.cacheHits);
      if (record.persisted !== undefined) persisted.inc({ result: record.persisted });
    },
    subscription: (outcome) => subscriptions.inc({ outcome }),
  };
}
