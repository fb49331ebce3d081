import type { HrTime } from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import { hrTime } from '@opentelemetry/core';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type CollectionResult,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';

/** A metric with its present values. */
export interface CollectedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: unknown;
  /** `metricName` tells the values of a histogram apart: it ends with `_bucket`, `_sum` or `_count`. */
  readonly values: readonly {
    readonly value: number;
    readonly labels: Readonly<Record<string, string | number | undefined>>;
    readonly metricName?: string;
  }[];
}

/** A value of a Prometheus metric. */
type Sample = CollectedMetric['values'][number];
type Labels = Sample['labels'];

/** The times that values cover. */
interface Span {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
}

/** Units by the suffix of a name, as Prometheus recommends the suffixes. */
const UNITS: readonly (readonly [RegExp, string])[] = [
  [/_seconds(_total)?$/, 's'],
  [/_bytes(_total)?$/, 'By'],
];

/**
 * Gives the Prometheus metrics to OpenTelemetry, under the same names and with the same labels. So each metric is defined
 * once, and a dashboard works with either.
 */
export class PrometheusMetricProducer implements MetricProducer {
  readonly #collect: () => Promise<readonly CollectedMetric[]>;
  readonly #startTime = hrTime();

  /** @param collect - returns the present values of all metrics */
  constructor(collect: () => Promise<readonly CollectedMetric[]>) {
    this.#collect = collect;
  }

  async collect(): Promise<CollectionResult> {
    const metrics = await this.#collect();
    const span = { startTime: this.#startTime, endTime: hrTime() };
    const converted = metrics.flatMap((metric) => convert(metric, span) ?? []);
    return {
      // The reader takes the resource of the SDK.
      resourceMetrics: {
        resource: emptyResource(),
        scopeMetrics: [{ scope: { name: 'wireless-gateway' }, metrics: converted }],
      },
      errors: [],
    };
  }
}

/** @returns `null` for a metric without values, and for a summary, which OpenTelemetry does not have */
function convert({ name, help, type, values }: CollectedMetric, span: Span): MetricData | null {
  if (values.length === 0) return null;
  const unit = UNITS.find(([suffix]) => suffix.test(name))?.[1] ?? '';
  const common = {
    descriptor: { name, description: help, unit, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  const points = () =>
    values.map(({ labels, value }) => ({ ...span, attributes: attributesOf(labels), value }));
  switch (String(type)) {
    case 'counter':
      return { ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: points() };
    case 'gauge':
      return { ...common, dataPointType: DataPointType.GAUGE, dataPoints: points() };
    case 'histogram':
      return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints: histograms(values, span) };
    default:
      return null;
  }
}

/** One data point for each set of labels: Prometheus has each bucket, the sum and the count as values of their own. */
function histograms(values: readonly Sample[], span: Span): DataPoint<Histogram>[] {
  const groups = new Map<string, { readonly labels: Labels; readonly samples: Sample[] }>();
  for (const sample of values) {
    const { le: _bound, ...labels } = sample.labels;
    const key = JSON.stringify(labels);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { labels, samples: [sample] });
    else group.samples.push(sample);
  }
  return [...groups.values()].map(({ labels, samples }) => ({
    ...span,
    attributes: attributesOf(labels),
    value: histogramOf(samples),
  }));
}

function histogramOf(samples: readonly Sample[]): Histogram {
  const suffixed = (suffix: string) =>
    samples.find(({ metricName }) => metricName?.endsWith(suffix))?.value ?? 0;
  const count = suffixed('_count');
  const bounded = samples
    .filter(({ labels: { le } }) => le !== undefined && le !== '+Inf')
    .map(({ labels: { le }, value }) => ({ bound: Number(le), value }))
    .sort((a, b) => a.bound - b.bound);
  // Buckets of Prometheus include the smaller ones, those of OpenTelemetry do not.
  const cumulative = [...bounded.map(({ value }) => value), count];
  return {
    buckets: {
      boundaries: bounded.map(({ bound }) => bound),
      counts: cumulative.map((value, index) => value - (cumulative[index - 1] ?? 0)),
    },
    count,
    sum: suffixed('_sum'),
  };
}

function attributesOf(labels: Labels): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));
}
