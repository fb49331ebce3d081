import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReceivedSpan } from './otlp-receiver.js';
import { startTracedGateway, type TracedGateway } from './traced-gateway.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT_ID = '00f067aa0ba902b7';
const SAMPLED = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01`, tracestate: 'vendor=a-state' };
const UNSAMPLED = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-00` };
const BAGGAGE = { baggage: 'tenant=four' };

let gateway: TracedGateway;
/** Headers of the requests that reach the upstream. */
let upstreamHeaders: IncomingHttpHeaders[];
/** Passes requests on to the sandbox. */
let proxy: Server;
let target: string;

beforeEach(async () => {
  upstreamHeaders = [];
  proxy = createServer((incoming, response) => {
    upstreamHeaders.push(incoming.headers);
    httpRequest(target + incoming.url, { headers: { ...incoming.headers } }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    }).end();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await gateway.close();
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
});

/** Sends an operation with one upstream request, and returns the spans. */
async function spansOf(
  headers: Record<string, string>,
  env: Record<string, string> = {},
): Promise<readonly ReceivedSpan[]> {
  const { port } = proxy.address() as AddressInfo;
  gateway = await startTracedGateway({ env: { UPSTREAM_URL: `http://127.0.0.1:${port}`, ...env } });
  target = gateway.sandbox.url;
  const answer = await gateway.post(
    { query: `{ sim(sid: "${gateway.sandbox.cleanSimSid}") { status } }` },
    headers,
  );
  expect(answer.body?.data).toEqual({ sim: { status: 'ACTIVE' } });
  expect(upstreamHeaders).toHaveLength(1);
  return gateway.stop();
}

const rootOf = (spans: readonly ReceivedSpan[]) => spans.find(({ kind }) => kind === 'server');
const attemptOf = (spans: readonly ReceivedSpan[]) => spans.find(({ kind }) => kind === 'client');

describe('the trace of a caller', () => {
  it('is continued', async () => {
    const spans = await spansOf(SAMPLED);
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE_ID]));
    expect(rootOf(spans)?.parentSpanId).toBe(PARENT_ID);
  });

  it('is continued in the log, also if it is not sampled', async () => {
    await spansOf(UNSAMPLED);
    expect(gateway.log.find((line) => line.includes('"operation"'))).toContain(`"traceId":"${TRACE_ID}"`);
  });

  it('is not recorded if the caller does not sample it', async () => {
    expect(await spansOf(UNSAMPLED)).toEqual([]);
  });

  it('is recorded whatever the caller says if the sampler does not ask for that', async () => {
    expect((await spansOf(UNSAMPLED, { OTEL_TRACES_SAMPLER: 'always_on' })).length).toBeGreaterThan(0);
  });

  it.each(['nonsense', `00-${'0'.repeat(32)}-${PARENT_ID}-01`, `ff-${TRACE_ID}-${PARENT_ID}-01`])(
    'is ignored if its header is invalid: %s',
    async (traceparent) => {
      const spans = await spansOf({ traceparent });
      expect(rootOf(spans)?.parentSpanId ?? '').toBe('');
      expect(rootOf(spans)?.traceId).not.toBe(TRACE_ID);
    },
  );

  it('is ignored with OTEL_PROPAGATORS=none', async () => {
    const spans = await spansOf(SAMPLED, { OTEL_PROPAGATORS: 'none', UPSTREAM_TRACEPARENT: 'on' });
    expect(rootOf(spans)?.traceId).not.toBe(TRACE_ID);
    expect(upstreamHeaders[0]).not.toHaveProperty('traceparent');
  });
});

describe('upstream requests', () => {
  it('have no header of a trace by default', async () => {
    await spansOf({ ...SAMPLED, ...BAGGAGE }, { OTEL_PROPAGATORS: 'tracecontext,baggage' });
    for (const name of ['traceparent', 'tracestate', 'baggage']) {
      expect(upstreamHeaders[0]).not.toHaveProperty(name);
    }
  });

  it('continue the trace with UPSTREAM_TRACEPARENT=on', async () => {
    const spans = await spansOf({ ...SAMPLED, ...BAGGAGE }, { UPSTREAM_TRACEPARENT: 'on' });
    expect(upstreamHeaders[0]).toMatchObject({
      traceparent: `00-${TRACE_ID}-${attemptOf(spans)?.spanId}-01`,
      tracestate: 'vendor=a-state',
    });
    expect(upstreamHeaders[0]).not.toHaveProperty('baggage');
  });

  it('continue a trace that is not sampled, and say so', async () => {
    await spansOf(UNSAMPLED, { UPSTREAM_TRACEPARENT: 'on' });
    expect(upstreamHeaders[0]?.traceparent).toMatch(new RegExp(`^00-${TRACE_ID}-[0-9a-f]{16}-00$`));
  });

  it('have the baggage of the caller if OTEL_PROPAGATORS names it', async () => {
    await spansOf(BAGGAGE, {
      UPSTREAM_TRACEPARENT: 'on',
      OTEL_PROPAGATORS: 'tracecontext,baggage',
    });
    expect(upstreamHeaders[0]?.baggage).toBe('tenant=four');
  });
});
