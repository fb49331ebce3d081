import { Counter, Gauge, type Registry } from 'prom-client';

/**
 * State of Redis as this process sees it.
 * - `ok`: it is used.
 * - `read-only`: it answers, but takes no writes: its memory is full, it cannot persist, or it lacks replicas.
 * - `down`: it does not answer in time, or not at all. It is not used until it answers again.
 */
export type RedisState = 'ok' | 'read-only' | 'down';

/** From the best to the worst. */
export const REDIS_STATES: readonly RedisState[] = ['ok', 'read-only', 'down'];

/** What Redis is used for. */
export type RedisUse = 'pages' | 'slots' | 'tokens' | 'rate-limit' | 'documents' | 'polls' | 'probe';

/** Receives failed commands for metrics. */
export interface RedisObserver {
  failed(use: RedisUse): void;
}

/** Adds the metrics of Redis. @param state - returns the current state */
export function addRedisMetrics(registry: Registry, state: () => RedisState): RedisObserver {
  const registers = [registry];
  new Gauge({
    name: 'gateway_redis_state',
    help: 'State of Redis, as in /ready: 1 for the current state, 0 for the others.',
    labelNames: ['state'],
    aggregator: 'max',
    registers,
    collect() {
      const current = state();
      for (const name of REDIS_STATES) this.set({ state: name }, name === current ? 1 : 0);
    },
  });
  const errors = new Counter({
    name: 'gateway_redis_errors_total',
    help: 'Commands to Redis that failed or took too long, by use.',
    labelNames: ['use'],
    registers,
  });
  return { failed: (use) => errors.inc({ use }) };
}
