import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startProcess } from '../support/process.js';
import { type OtlpReceiver, startOtlpReceiver } from '../tracing/otlp-receiver.js';

let folder: string;
let receiver: OtlpReceiver;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'open-telemetry-'));
  receiver = await startOtlpReceiver();
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await receiver.close();
});

/** Runs a gateway that serves one operation. @returns the text of all files of the build that it has loaded */
async function loadedBy(env: Record<string, string>): Promise<string> {
  // Node writes the names of all loaded files when the process ends.
  const gateway = await startProcess({ UPSTREAM: 'sandbox', ...env, NODE_V8_COVERAGE: folder });
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ simsCount { count } }"}',
  });
  expect(response.status).toBe(200);
  gateway.signal('SIGTERM');
  expect(await gateway.exit).toBe(0);
  const reports = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
  const urls = reports.flatMap(({ result }) => result.map(({ url }: { url: string }) => url));
  const files = urls.filter((url: string) => url.startsWith('file:') && url.includes('/dist/'));
  expect(files.length).toBeGreaterThan(1);
  return files.map((url: string) => readFileSync(fileURLToPath(url), 'utf8')).join('\n');
}

const SDK = [
  'BatchSpanProcessor',
  'PeriodicExportingMetricReader',
  'OTLPTraceExporter',
  'OTLPMetricExporter',
];

describe('the SDK of OpenTelemetry', () => {
  it('is not loaded unless a variable asks for it', async () => {
    const loaded = await loadedBy({ OTEL_SERVICE_NAME: 'gateway', OTEL_TRACES_SAMPLER: 'always_on' });
    for (const name of SDK) expect(loaded).not.toContain(name);
  });

  it('is loaded with an endpoint, and exports traces and metrics before the process ends', async () => {
    const loaded = await loadedBy({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '600000',
    });
    for (const name of SDK) expect(loaded).toContain(name);
    expect(receiver.spans().find(({ kind }) => kind === 'server')?.name).toBe('query');
    expect(receiver.metrics().has('gateway_operation_duration_seconds')).toBe(true);
  });
});
