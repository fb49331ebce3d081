import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startWireGateway, type WireGateway } from '../support/wire.js';
import { attributesOf, type OtlpMetric, type OtlpPoint } from './otlp-receiver.js';
import { startTracedGateway, type TracedGateway, withVariables } from './traced-gateway.js';

let gateway: TracedGateway;
afterEach(() => gateway?.close());

const statusOf = ({ sandbox }: WireGateway) => ({
  query: `{ sim(sid: "${sandbox.cleanSimSid}") { status } }`,
});

describe('an export of traces', () => {
  it('is protobuf by default', async () => {
    gateway = await startTracedGateway({ env: { OTEL_EXPORTER_OTLP_PROTOCOL: '' } });
    await gateway.post(statusOf(gateway));
    await gateway.close();
    const [received, ...others] = gateway.receiver.exports;
    expect(others).toEqual([]);
    expect(received).toMatchObject({ path: '/v1/traces', contentType: 'application/x-protobuf' });
    for (const text of ['wireless-gateway', 'graphql.operation.type', 'GET /v1/Sims/{Sid}']) {
      expect(received?.body.includes(text)).toBe(true);
    }
  });

  it('has the headers, the coding, the name and the attributes of the standard variables', async () => {
    gateway = await startTracedGateway({
      env: {
        OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=a%20key',
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
        OTEL_SERVICE_NAME: 'fleet-gateway',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      },
    });
    await gateway.post(statusOf(gateway));
    await gateway.close();
    const { receiver } = gateway;
    expect(receiver.exports[0]?.headers).toMatchObject({
      'x-collector-key': 'a key',
      'content-encoding': 'gzip',
    });
    expect(receiver.resource()).toMatchObject({
      'service.name': 'fleet-gateway',
      'service.instance.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'deployment.environment.name': 'test',
    });
  });

  it('has the share of traces that the sampler is set to', async () => {
    gateway = await startTracedGateway({
      env: { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' },
    });
    await gateway.post(statusOf(gateway));
    expect(await gateway.stop()).toEqual([]);
  });
});

describe('a collector that is down', () => {
  const FAILS = 'OpenTelemetry export fails';
  const WORKS = 'OpenTelemetry export works again';

  it('is logged once for each outage, and operations are served', async () => {
    gateway = await startTracedGateway({ env: { OTEL_BSP_SCHEDULE_DELAY: '1' } });
    const { receiver, log } = gateway;
    const lines = (text: string) => log.filter((line) => line.includes(text));
    receiver.status = 400;
    for (let run = 1; run <= 3; run += 1) {
      expect((await gateway.post(statusOf(gateway))).body?.data).toEqual({ sim: { status: 'ACTIVE' } });
      await receiver.received(run);
    }
    receiver.status = 200;
    await gateway.post(statusOf(gateway));
    await receiver.received(4);
    await gateway.close();
    expect(lines(FAILS)).toHaveLength(1);
    expect(lines(WORKS)).toHaveLength(1);
    expect(JSON.parse(lines(FAILS)[0] ?? '')).toMatchObject({ level: 40, signal: 'traces', code: 400 });
    expect(lines(FAILS)[0]).not.toContain(receiver.url);
  });

  it('does not make a stop fail', async () => {
    // A port on which nothing listens any more.
    const unused = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => unused.once('listening', resolve));
    const { port } = unused.address() as AddressInfo;
    await new Promise((resolve) => unused.close(resolve));
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
    const unreachable = await withVariables(env, () => startWireGateway({ env }));
    expect((await unreachable.post(statusOf(unreachable))).body?.data).toEqual({ sim: { status: 'ACTIVE' } });
    await unreachable.close();
  });
});

describe('an export of metrics', () => {
  const pointsOf = ({ sum, gauge, histogram }: OtlpMetric): readonly OtlpPoint[] =>
    (sum ?? gauge ?? histogram)?.dataPoints ?? [];

  async function startMetrics(): Promise<void> {
    gateway = await startTracedGateway({
      env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'otlp', CACHE_TTL_MS: '60000' },
    });
  }

  it('has the metrics of /metrics, with the same names, descriptions and values', async () => {
    await startMetrics();
    await gateway.post(statusOf(gateway));
    await gateway.post(statusOf(gateway));
    await gateway.post({ query: '{' });
    const { text } = await gateway.fetch('/metrics');
    await gateway.close();
    const metrics = gateway.receiver.metrics();
    const helps = [...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name, help]) => [name, help]);
    const described = helps.filter(([name]) => metrics.has(String(name)));
    expect(described.map(([name]) => [name, metrics.get(String(name))?.description])).toEqual(described);
    // A metric without a value has a line of help alone.
    const valued = helps.filter(([name]) => new RegExp(`^${name}(_count)?[{ ]`, 'm').test(text));
    expect([...metrics.keys()].sort()).toEqual(valued.map(([name]) => name).sort());
    const hits = metrics.get('gateway_cache_hits_total');
    expect(hits?.sum).toMatchObject({ isMonotonic: true, aggregationTemporality: 2 });
    expect(pointsOf(hits as OtlpMetric)[0]?.asDouble).toBe(1);
  });

  it('has the buckets of histograms, each with the values above the one before', async () => {
    await startMetrics();
    await gateway.post(statusOf(gateway));
    await gateway.post({ query: '{' });
    const { text } = await gateway.fetch('/metrics');
    await gateway.close();
    const durations = gateway.receiver.metrics().get('gateway_operation_duration_seconds');
    expect(durations).toMatchObject({ unit: 's', histogram: { aggregationTemporality: 2 } });
    // Some outcomes have a point before an operation has them.
    const points = pointsOf(durations as OtlpMetric).filter(({ count }) => Number(count) > 0);
    expect(points.map(({ attributes }) => attributesOf(attributes).outcome)).toEqual([
      'ok',
      'GRAPHQL_PARSE_FAILED',
    ]);
    for (const { attributes, count, sum, bucketCounts = [], explicitBounds = [] } of points) {
      const { outcome } = attributesOf(attributes);
      const value = (suffix: string, labels: string) =>
        Number(
          new RegExp(`^gateway_operation_duration_seconds${suffix}{${labels}} (.*)$`, 'm').exec(text)?.[1],
        );
      expect(count).toBe(1);
      expect(sum).toBe(value('_sum', `outcome="${outcome}"`));
      expect(bucketCounts).toHaveLength(explicitBounds.length + 1);
      let total = 0;
      for (const [index, bound] of explicitBounds.entries()) {
        total += Number(bucketCounts[index]);
        expect(total).toBe(value('_bucket', `le="${bound}",outcome="${outcome}"`));
      }
      expect(total + Number(bucketCounts.at(-1))).toBe(1);
    }
  });
});
