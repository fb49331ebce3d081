import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWireGateway, type WireGateway } from '../support/wire.js';

let gateway: WireGateway;
beforeAll(async () => {
  gateway = await startWireGateway({ sandbox: { latencyMs: 5 } });
});
afterAll(() => gateway.close());

const queryFor = (sid: string | undefined) => `{ sim(sid: "${sid}") { status
  ... @defer { a: dataSessions(first: 100) { edges { node { id start } } } }
  ... @defer { b: dataSessions(last: 3) { edges { cursor } } } } }`;

/** Returns the value of a metric without labels. */
async function metric(name: string): Promise<number> {
  const { text } = await gateway.fetch('/metrics');
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

type How = 'POST' | 'GET' | 'chunked' | 'gzip' | 'event-stream';

/** Sends an operation and disconnects: after some time, or after the first bytes of the response. */
function abandon(how: How, query: string, after: number | 'first bytes'): Promise<void> {
  const body = JSON.stringify({ query });
  return new Promise((resolve) => {
    const request = httpRequest(
      gateway.url + (how === 'GET' ? `/graphql?${new URLSearchParams({ query })}` : '/graphql'),
      {
        method: how === 'GET' ? 'GET' : 'POST',
        headers: {
          'content-type': 'application/json',
          accept: how === 'event-stream' ? 'text/event-stream' : 'multipart/mixed',
          ...(how === 'gzip' ? { 'accept-encoding': 'gzip' } : {}),
          ...(how === 'chunked' ? { 'transfer-encoding': 'chunked' } : {}),
          ...(how === 'GET' ? { 'apollo-require-preflight': '1' } : {}),
        },
        agent: false,
      },
      (response) => {
        response.on('error', () => undefined);
        response.once('data', () => after === 'first bytes' && request.destroy());
        response.resume();
      },
    );
    request.on('error', () => undefined);
    request.on('close', resolve);
    request.end(how === 'GET' ? undefined : body);
    if (after !== 'first bytes') setTimeout(() => request.destroy(), after);
  });
}

describe('an incremental response whose client disconnects', () => {
  it('leaves the in-flight count and aborts its upstream requests, at any time', async () => {
    const how = fc.constantFrom<How>('POST', 'GET', 'chunked', 'gzip', 'event-stream');
    const after = fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constant('first bytes' as const));
    const client = fc.tuple(how, after, fc.nat({ max: 9 }));
    await fc.assert(
      fc.asyncProperty(fc.array(client, { minLength: 10, maxLength: 20 }), async (clients) => {
        const { simSids } = gateway.sandbox;
        await Promise.all(clients.map(([kind, ms, sim]) => abandon(kind, queryFor(simSids[sim]), ms)));
        await until(async () => (await metric('gateway_operations_in_flight')) === 0);
        await until(() => gateway.sandbox.inFlight === 0);
      }),
      { numRuns: 12 },
    );
    const fine = await gateway.post({ query: queryFor(gateway.sandbox.simSids[0]) });
    expect(fine.body?.errors).toBeUndefined();
    expect(gateway.log.filter((line) => line.includes('unexpected'))).toEqual([]);
  }, 60_000);

  it.each<How>(['POST', 'GET', 'event-stream'])('is counted as CANCELLED: %s', async (how) => {
    const cancelled = async () => {
      const { text } = await gateway.fetch('/metrics');
      return Number(/duration_seconds_count\{outcome="CANCELLED"\} (\d+)/.exec(text)?.[1] ?? 0);
    };
    const before = await cancelled();
    const stop = gateway.sandbox.faults.add({ kind: 'hang', path: '/DataSessions' });
    const query = queryFor(gateway.sandbox.simSids[0]).replace('status', 'uniqueName');
    await abandon(how, query, 'first bytes');
    await until(async () => (await cancelled()) === before + 1);
    stop();
  });
});

describe('a connection without a reader', () => {
  it('keeps its timeout after an incremental response', async () => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    const body = JSON.stringify({ query: '{ __typename }' });
    const timeouts: number[] = [];
    const { Socket } = await import('node:net');
    const { setTimeout: original } = Socket.prototype;
    Socket.prototype.setTimeout = function setTimeout(ms, callback) {
      timeouts.push(ms);
      return original.call(this, ms, callback);
    };
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAccept: multipart/mixed\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await new Promise((resolve) => socket.resume().once('close', resolve));
    Socket.prototype.setTimeout = original;
    expect(timeouts).not.toContain(0);
  });
});
