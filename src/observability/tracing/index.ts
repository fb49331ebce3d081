import type { TextMapPropagator } from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import type { Logger } from 'pino';
import type { OpenTelemetryConfig } from '../../config/index.js';
import type { StartSpan } from '../../util/span.js';
import type { CollectedMetric } from './metric-producer.js';
import type { Signal } from './signal.js';

/** Name of the service unless `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` has one. */
const SERVICE = 'wireless-gateway';

/** Time for the last export. The closers of all parts together have two seconds. */
const FLUSH_MS = 1000;

/** The export of traces and metrics. */
export interface OpenTelemetry {
  /** `null`: there are no traces. */
  readonly startSpan: StartSpan | null;
  /** Exports what has been recorded, for a second at most. Never rejects: a collector that is down must not fail a stop. */
  close(): Promise<void>;
}

/**
 * Starts the SDK of OpenTelemetry. Its `OTEL_*` variables are those of the process. Nothing of it is global.
 *
 * @param collect - returns the present values of all metrics
 */
export async function startOpenTelemetry(
  { traces, metrics, propagators, metricIntervalMs, metricTimeoutMs }: OpenTelemetryConfig,
  log: Logger,
  collect: () => Promise<readonly CollectedMetric[]>,
): Promise<OpenTelemetry> {
  const resource = resourceOfProcess();
  const signals: Signal[] = [];
  let startSpan: StartSpan | null = null;
  if (traces !== null) {
    const { startTraces } = await import('./traces.js');
    const started = await startTraces(traces, resource, propagatorOf(propagators), log);
    startSpan = started.startSpan;
    signals.push(started);
  }
  if (metrics !== null) {
    const { startMetrics } = await import('./metrics.js');
    const times = { intervalMs: metricIntervalMs, timeoutMs: metricTimeoutMs };
    signals.push(await startMetrics(metrics, resource, times, collect, log));
  }
  return { startSpan, close: () => flush(signals) };
}

function resourceOfProcess(): Resource {
  return defaultResource()
    .merge(resourceFromAttributes({ 'service.name': SERVICE }))
    .merge(detectResources({ detectors: [serviceInstanceIdDetector, envDetector] }));
}

function propagatorOf(names: OpenTelemetryConfig['propagators']): TextMapPropagator {
  const propagators = names.map((name) =>
    name === 'baggage' ? new W3CBaggagePropagator() : new W3CTraceContextPropagator(),
  );
  return new CompositePropagator({ propagators });
}

async function flush(signals: readonly Signal[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FLUSH_MS);
  });
  const flushed = Promise.allSettled(signals.map((signal) => signal.shutdown()));
  await Promise.race([flushed, late]);
  clearTimeout(timer);
}
