import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** An attribute in the JSON encoding of OTLP. */
interface OtlpAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly OtlpAttribute[];
  readonly status: { readonly code: number };
}

/** A data point of any kind of metric. */
export interface OtlpPoint {
  readonly attributes: readonly OtlpAttribute[];
  readonly asDouble?: number;
  readonly count?: number;
  readonly sum?: number;
  readonly bucketCounts?: readonly number[];
  readonly explicitBounds?: readonly number[];
}

interface OtlpPoints {
  readonly dataPoints: readonly OtlpPoint[];
  readonly aggregationTemporality?: number;
  readonly isMonotonic?: boolean;
}

export interface OtlpMetric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly sum?: OtlpPoints;
  readonly gauge?: OtlpPoints;
  readonly histogram?: OtlpPoints;
}

/** A span with its attributes as an object. */
export interface ReceivedSpan extends Omit<OtlpSpan, 'attributes' | 'kind' | 'status'> {
  readonly kind: 'internal' | 'server' | 'client';
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly failed: boolean;
}

/** A received export. */
interface Export {
  readonly path: string;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** An OTLP receiver over HTTP. */
export interface OtlpReceiver {
  readonly url: string;
  readonly exports: readonly Export[];
  /** Status of the following responses; 200 at first. */
  status: number;
  /** All spans that were received as JSON. */
  spans(): readonly ReceivedSpan[];
  /** The metrics of the last export, by name. */
  metrics(): ReadonlyMap<string, OtlpMetric>;
  /** The attributes of the process in the last export. */
  resource(): Readonly<Record<string, unknown>>;
  /** Resolves after so many exports in all. */
  received(count: number): Promise<void>;
  close(): Promise<void>;
}

const KINDS: readonly ReceivedSpan['kind'][] = ['internal', 'internal', 'server', 'client'];

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const exports: Export[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const sent = Buffer.concat(chunks);
    const { url: path = '', headers } = request;
    const body = headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    exports.push({ path, contentType: headers['content-type'] ?? '', headers, body });
    response.writeHead(receiver.status, { 'content-type': headers['content-type'] }).end();
    for (const notify of waiting) notify();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const json = (path: string) =>
    exports.filter((received) => received.path === path).map(({ body }) => JSON.parse(body.toString('utf8')));

  const receiver: OtlpReceiver = {
    url: `http://127.0.0.1:${port}`,
    exports,
    status: 200,
    spans: () =>
      json('/v1/traces').flatMap(({ resourceSpans }) =>
        resourceSpans.flatMap(({ scopeSpans }: { scopeSpans: { spans: OtlpSpan[] }[] }) =>
          scopeSpans.flatMap(({ spans }) => spans.map(readSpan)),
        ),
      ),
    metrics: () => {
      const { resourceMetrics = [] } = json('/v1/metrics').at(-1) ?? {};
      const metrics: OtlpMetric[] = resourceMetrics.flatMap(
        ({ scopeMetrics }: { scopeMetrics: { metrics: OtlpMetric[] }[] }) =>
          scopeMetrics.flatMap((scope) => scope.metrics),
      );
      return new Map(metrics.map((metric) => [metric.name, metric]));
    },
    resource: () => {
      const last = JSON.parse(exports.at(-1)?.body.toString('utf8') ?? '{}');
      return attributesOf((last.resourceSpans ?? last.resourceMetrics)[0].resource.attributes);
    },
    received: (count) =>
      new Promise((resolve) => {
        const check = () => {
          if (exports.length >= count) resolve();
        };
        waiting.push(check);
        check();
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

function readSpan({ attributes, kind, status, ...span }: OtlpSpan): ReceivedSpan {
  return {
    ...span,
    kind: KINDS[kind] ?? 'internal',
    attributes: attributesOf(attributes),
    failed: status.code === 2,
  };
}

export function attributesOf(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
