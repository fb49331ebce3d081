import { Counter, Gauge, Registry } from 'prom-client';

/** Metrics of the process that supervises workers. */
export interface SupervisorMetrics {
  readonly registry: Registry;
  /** A worker has ended, and another one is started. */
  restarted(): void;
}

/** Creates the metrics of the process that supervises workers. Its workers have all others. */
export function supervisorMetrics(): SupervisorMetrics {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'Start time of the process since unix epoch in seconds.',
    registers,
    // Workers have it, too.
    aggregator: 'first',
  }).set(Math.round(Date.now() / 1000 - process.uptime()));
  const restarts = new Counter({
    name: 'gateway_worker_restarts_total',
    help: 'Workers that ended and were replaced.',
    registers,
  });
  return { registry, restarted: () => restarts.inc() };
}
