import type { Resource } from '@opentelemetry/resources';
import {
  ConsoleMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import type { Logger } from 'pino';
import type { Exporter } from '../../config/index.js';
import type { CollectedMetric } from './metric-producer.js';
import { PrometheusMetricProducer } from './metric-producer.js';
import type { Signal } from './signal.js';
import { watched } from './watched-exporter.js';

/**
 * Starts to export the metrics periodically.
 *
 * @param times - time between two exports, and time limit of one, in milliseconds
 * @param collect - returns the present values of all metrics
 */
export async function startMetrics(
  exporter: Exporter,
  resource: Resource,
  { intervalMs, timeoutMs }: { readonly intervalMs: number; readonly timeoutMs: number },
  collect: () => Promise<readonly CollectedMetric[]>,
  log: Logger,
): Promise<Signal> {
  const reader = new PeriodicExportingMetricReader({
    exporter: watched(await createExporter(exporter), 'metrics', log),
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: timeoutMs,
    metricProducers: [new PrometheusMetricProducer(collect)],
  });
  return new MeterProvider({ resource, readers: [reader] });
}

/** Each is loaded by itself, because a process needs one. */
async function createExporter(exporter: Exporter): Promise<PushMetricExporter> {
  if (exporter === 'console') return new ConsoleMetricExporter();
  const { OTLPMetricExporter } =
    exporter === 'otlp-json'
      ? await import('@opentelemetry/exporter-metrics-otlp-http')
      : await import('@opentelemetry/exporter-metrics-otlp-proto');
  return new OTLPMetricExporter();
}
