import { Counter, Histogram, type Registry } from 'prom-client';
import type { UpstreamObserver } from '../../upstream/settings.js';
import { SECONDS } from './buckets.js';

/** Pages of a walk: the budget of a window is 25 pages. */
const PAGES = [1, 2, 3, 5, 10, 15, 20, 25, 50];

/** @returns creates the observer of an account's upstream client */
export function upstreamEvents(registry: Registry): (account: string) => UpstreamObserver {
  const registers = [registry];
  const attempts = new Histogram({
    name: 'gateway_upstream_attempt_duration_seconds',
    help: 'Requests sent to the upstream, including retries, by route and outcome.',
    labelNames: ['account', 'route', 'outcome'],
    buckets: SECONDS,
    registers,
  });
  const retries = new Counter({
    name: 'gateway_upstream_retries_total',
    help: 'Retries of upstream requests, by the error code of the attempt before.',
    labelNames: ['account', 'reason'],
    registers,
  });
  const waits = new Histogram({
    name: 'gateway_upstream_wait_seconds',
    help: 'Time that upstream requests waited for a permit of the concurrency limiter, if they had to.',
    labelNames: ['account'],
    buckets: SECONDS,
    registers,
  });
  const drift = new Counter({
    name: 'gateway_upstream_drift_total',
    help: 'Upstream enum values not defined in the schema, by field.',
    labelNames: ['account', 'field'],
    registers,
  });
  const cache = new Counter({
    name: 'gateway_cache_requests_total',
    help: 'Responses that operations needed, by route and where they came from.',
    labelNames: ['account', 'route', 'result'],
    registers,
  });
  const tokens = new Counter({
    name: 'gateway_access_token_requests_total',
    help: 'Requests for an access token of the upstream, by outcome: ok, or an error code.',
    labelNames: ['account', 'outcome'],
    registers,
  });
  const walks = new Histogram({
    name: 'gateway_walk_pages',
    help: 'Upstream pages that walks of lists have read, by list.',
    labelNames: ['account', 'list'],
    buckets: PAGES,
    registers,
  });
  return (account) => {
    waits.zero({ account });
    return {
      attempt: (route, outcome, durationMs) =>
        attempts.observe({ account, route, outcome }, durationMs / 1000),
      retry: (reason) => retries.inc({ account, reason }),
      waited: (ms) => waits.observe({ account }, ms / 1000),
      drift: (field) => drift.inc({ account, field }),
      response: (route, result) => cache.inc({ account, route, result }),
      token: (outcome) => tokens.inc({ account, outcome }),
      walk: (list, pages) => walks.observe({ account, list }, pages),
    };
  };
}
