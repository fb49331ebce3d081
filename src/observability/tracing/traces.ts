import type { TextMapPropagator } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ConsoleSpanExporter,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import type { Logger } from 'pino';
import type { Exporter } from '../../config/index.js';
import type { StartSpan } from '../../util/span.js';
import type { Signal } from './signal.js';
import { spanStarter } from './spans.js';
import { watched } from './watched-exporter.js';

/** Starts to export spans, in batches. The sampler and the limits are those of the `OTEL_*` variables. */
export async function startTraces(
  exporter: Exporter,
  resource: Resource,
  propagator: TextMapPropagator,
  log: Logger,
): Promise<Signal & { readonly startSpan: StartSpan }> {
  const processor = new BatchSpanProcessor(watched(await createExporter(exporter), 'traces', log));
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
  const tracer = provider.getTracer('wireless-gateway');
  return { startSpan: spanStarter({ tracer, propagator }), shutdown: () => provider.shutdown() };
}

/** Each is loaded by itself, because a process needs one. */
async function createExporter(exporter: Exporter): Promise<SpanExporter> {
  if (exporter === 'console') return new ConsoleSpanExporter();
  const { OTLPTraceExporter } =
    exporter === 'otlp-json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter();
}
