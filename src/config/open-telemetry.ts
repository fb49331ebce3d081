import { ConfigError } from './config-error.js';
import type { Variables } from './variables.js';

/** Where spans or metrics are sent: over OTLP as protobuf or JSON, or to standard output. */
export type Exporter = 'otlp-protobuf' | 'otlp-json' | 'console';

/**
 * Traces and metrics by OpenTelemetry. The SDK reads the other `OTEL_*` variables itself (endpoints, headers, certificates,
 * limits), so that they mean what its documentation says.
 */
export interface OpenTelemetryConfig {
  /** `null`: no traces. */
  readonly traces: Exporter | null;
  /** `null`: no metrics. */
  readonly metrics: Exporter | null;
  /** Names of the formats in which the trace of a request is received and passed on. */
  readonly propagators: readonly Propagator[];
  /** Time between two exports of metrics, and time limit of one, in milliseconds. */
  readonly metricIntervalMs: number;
  readonly metricTimeoutMs: number;
  /** Whether upstream requests continue the trace. */
  readonly upstreamTraceparent: boolean;
  /** Whether spans of operations have the document. */
  readonly documents: boolean;
}

type Propagator = 'tracecontext' | 'baggage';

/**
 * Reads the settings of OpenTelemetry.
 *
 * @returns `null` when neither traces nor metrics are exported
 * @throws {ConfigError} when a switch of traces is on and there are no traces
 */
export function readOpenTelemetry(variables: Variables): OpenTelemetryConfig | null {
  if (variables.OTEL_SDK_DISABLED) return null;
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: protocol } = variables;
  const traces = exporterOf(
    variables.OTEL_TRACES_EXPORTER,
    variables.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? endpoint,
    variables.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? protocol,
  );
  const metrics = exporterOf(
    variables.OTEL_METRICS_EXPORTER,
    variables.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT ?? endpoint,
    variables.OTEL_EXPORTER_OTLP_METRICS_PROTOCOL ?? protocol,
  );
  for (const name of ['UPSTREAM_TRACEPARENT', 'TRACE_DOCUMENTS'] as const) {
    if (variables[name] && traces === null) {
      throw new ConfigError(`${name}: needs traces; expected OTEL_EXPORTER_OTLP_ENDPOINT`);
    }
  }
  if (traces === null && metrics === null) return null;
  const metricIntervalMs = variables.OTEL_METRIC_EXPORT_INTERVAL;
  return {
    traces,
    metrics,
    propagators: variables.OTEL_PROPAGATORS.filter((name) => name !== 'none'),
    metricIntervalMs,
    metricTimeoutMs: Math.min(variables.OTEL_METRIC_EXPORT_TIMEOUT, metricIntervalMs),
    upstreamTraceparent: variables.UPSTREAM_TRACEPARENT,
    documents: variables.TRACE_DOCUMENTS,
  };
}

/** An endpoint alone is enough. The SDK would export by default, to a collector on this host; the gateway does not. */
function exporterOf(
  name: Variables['OTEL_TRACES_EXPORTER'],
  endpoint: string | undefined,
  protocol: Variables['OTEL_EXPORTER_OTLP_PROTOCOL'],
): Exporter | null {
  const chosen = name ?? (endpoint === undefined ? 'none' : 'otlp');
  if (chosen === 'none') return null;
  if (chosen === 'console') return 'console';
  return protocol === 'http/json' ? 'otlp-json' : 'otlp-protobuf';
}
