import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { AggregatedMetrics } from '../../src/observability/aggregated-metrics.js';

/** The metrics of a process. */
class Process {
  readonly #registry = new Registry();
  readonly #registers = [this.#registry];
  readonly counter = new Counter({
    name: 'counted_total',
    help: 'x',
    labelNames: ['operation'],
    registers: this.#registers,
  });
  readonly gauge = new Gauge({ name: 'gauge', help: 'x', registers: this.#registers });
  readonly histogram = new Histogram({
    name: 'seconds',
    help: 'x',
    buckets: [1],
    registers: this.#registers,
  });

  async count(value: number, operation = 'A'): Promise<this> {
    this.counter.inc({ operation }, value);
    this.gauge.set(value);
    this.histogram.observe(value);
    return this;
  }

  snapshot() {
    return this.#registry.getMetricsAsJSON();
  }
}

/** Lines with values. */
const samples = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('the metrics of several processes', () => {
  it('are sums, in which the counts of a process that has ended remain', async () => {
    const metrics = new AggregatedMetrics(new Registry());
    metrics.report(1, await (await new Process().count(1)).snapshot());
    metrics.report(2, await (await new Process().count(2)).snapshot());
    const all = samples(await metrics.text(new Set([1, 2])));
    expect(all).toEqual([
      'counted_total{operation="A"} 3',
      'gauge 3',
      'seconds_bucket{le="1"} 1',
      'seconds_bucket{le="+Inf"} 2',
      'seconds_sum 3',
      'seconds_count 2',
    ]);
    metrics.end(1);
    expect(samples(await metrics.text(new Set([2])))).toEqual(
      all.map((line) => (line === 'gauge 3' ? 'gauge 2' : line)),
    );
    metrics.end(2);
    expect(samples(await metrics.text(new Set()))).toEqual(all.filter((line) => line !== 'gauge 3'));
  });

  it('have the counts of a process that does not respond, without its gauges', async () => {
    const metrics = new AggregatedMetrics(new Registry());
    metrics.report(1, await (await new Process().count(1)).snapshot());
    metrics.report(2, await (await new Process().count(2)).snapshot());
    const text = await metrics.text(new Set([2]));
    expect(samples(text)).toContain('counted_total{operation="A"} 3');
    expect(samples(text)).toContain('gauge 2');
  });

  it('do not grow with the number of processes that have ended', async () => {
    const metrics = new AggregatedMetrics(new Registry());
    for (let id = 1; id <= 150; id += 1) {
      metrics.report(id, await (await new Process().count(1, `Name${id}`)).snapshot());
      metrics.end(id);
    }
    const counted = samples(await metrics.text(new Set())).filter((line) => line.startsWith('counted'));
    expect(counted).toHaveLength(101);
    expect(counted).toContain('counted_total{operation="Name100"} 1');
    expect(counted).toContain('counted_total{operation="other"} 50');
  });
});
