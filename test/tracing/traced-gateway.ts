import { startWireGateway, type WireGateway, type WireOptions } from '../support/wire.js';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from './otlp-receiver.js';

/** A gateway that exports to a receiver of the test. */
export interface TracedGateway extends WireGateway {
  readonly receiver: OtlpReceiver;
  /** Stops the gateway, which exports what is left, and returns all spans. */
  stop(): Promise<readonly ReceivedSpan[]>;
}

/**
 * Starts a gateway that exports traces as JSON.
 *
 * @param env - variables of the gateway and of the OpenTelemetry SDK
 */
export async function startTracedGateway({ env = {}, ...options }: WireOptions = {}): Promise<TracedGateway> {
  const receiver = await startOtlpReceiver();
  const all = {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_METRICS_EXPORTER: 'none',
    ...env,
  };
  const gateway = await withVariables(all, () => startWireGateway({ ...options, env: all }));
  let stopped: Promise<void> | undefined;
  const close = async () => {
    stopped ??= gateway.close().then(() => receiver.close());
    await stopped;
  };
  return {
    ...gateway,
    receiver,
    close,
    async stop() {
      await close();
      return receiver.spans();
    },
  };
}

/** Sets the `OTEL_*` variables of the process during a start, because the SDK reads them there. */
export async function withVariables<T>(env: Record<string, string>, start: () => Promise<T>): Promise<T> {
  const names = Object.keys(env).filter((name) => name.startsWith('OTEL_'));
  for (const name of names) process.env[name] = env[name];
  try {
    return await start();
  } finally {
    for (const name of names) delete process.env[name];
  }
}

/** A span without its IDs and times, and with its children, in the order of their names and attributes. */
export interface SpanTree {
  readonly name: string;
  readonly kind: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly failed: boolean;
  readonly children: readonly SpanTree[];
}

/** The spans as trees, in the order in which they ended. Spans whose parents were not received are roots. */
export function treesOf(spans: readonly ReceivedSpan[]): readonly SpanTree[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const tree = ({ spanId, name, kind, attributes, failed }: ReceivedSpan): SpanTree => ({
    name,
    kind,
    attributes: Object.fromEntries(Object.entries(attributes).sort()),
    failed,
    children: spans
      .filter(({ parentSpanId }) => parentSpanId === spanId)
      .map(tree)
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  });
  return spans.filter(({ parentSpanId }) => parentSpanId === undefined || !ids.has(parentSpanId)).map(tree);
}
