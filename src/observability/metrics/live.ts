import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { LiveStats } from '../../live/live-lists.js';
import type { LiveObserver } from '../../live/observer.js';
import { SECONDS } from './buckets.js';
import type { MetricSources } from './sources.js';

const NUMBERS: readonly { name: string; help: string; of: (stats: LiveStats) => number }[] = [
  {
    name: 'gateway_live_pollers',
    help: 'Lists that are polled because someone watches them.',
    of: ({ pollers }) => pollers,
  },
  {
    name: 'gateway_live_max_pollers',
    help: 'Lists that can be watched at once, by the concurrency limit of the account.',
    of: ({ maxPollers }) => maxPollers,
  },
  {
    name: 'gateway_live_subscribers',
    help: 'Subscriptions that are being served.',
    of: ({ subscribers }) => subscribers,
  },
];

/** Adds the metrics of subscriptions. @returns creates the observer of an account's subscriptions */
export function liveMetrics(
  registry: Registry,
  subscriptions: MetricSources['subscriptions'],
): (account: string) => LiveObserver {
  const registers = [registry];
  for (const { name, help, of } of NUMBERS) {
    new Gauge({
      name,
      help,
      labelNames: ['account'],
      registers,
      collect() {
        // An account that has been removed has no series any more.
        this.reset();
        for (const [account, stats] of subscriptions()) this.set({ account }, of(stats));
      },
    });
  }
  const polls = new Counter({
    name: 'gateway_live_polls_total',
    help: 'Polls of watched lists, by outcome: changed, unchanged or failed.',
    labelNames: ['account', 'outcome'],
    registers,
  });
  const events = new Counter({
    name: 'gateway_live_events_total',
    help: 'Events that subscribers were sent, by kind.',
    labelNames: ['account', 'kind'],
    registers,
  });
  const ages = new Histogram({
    name: 'gateway_live_event_age_seconds',
    help: 'Age of the data of an event other than a heartbeat when it was sent: how far a slow client lags behind.',
    labelNames: ['account'],
    buckets: SECONDS,
    registers,
  });
  return (account) => ({
    poll: (outcome) => polls.inc({ account, outcome }),
    event(kind, ageMs) {
      events.inc({ account, kind });
      if (kind !== 'HEARTBEAT') ages.observe({ account }, ageMs / 1000);
    },
  });
}
