import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { configFor } from '../support/gateway.js';
import { sha256 } from '../support/wire.js';
import { type LiveGateway, startLiveGateway, type TestEvent } from './gateway.js';

let live: LiveGateway;
afterEach(() => live.close());

/** A SIM with this many sessions, the newest of which is open. */
function simWith(count: number): string {
  const { sid } = live.sandbox.addSim();
  if (count > 0) live.sandbox.insertAtHead(String(sid), count);
  if (count > 0) live.sandbox.updateSession(String(sid), 0, { end: null });
  return String(sid);
}

const told = ({ kind, edge }: TestEvent) => [kind, edge?.node.sid ?? null];
const sidsOf = (sim: string) => live.sandbox.sessions(sim).map(({ sid }) => sid);

describe('dataSessionEvents', () => {
  it('begins with a snapshot of the first 50 sessions of the list, the last one first', async () => {
    live = await startLiveGateway();
    const sim = simWith(60);
    const events = await (await live.subscribe(sim)).snapshot();
    expect(events.map(({ edge }) => edge?.node.sid)).toEqual(sidsOf(sim).slice(0, 50).reverse());
    for (const { kind, snapshotReason } of events)
      expect([kind, snapshotReason]).toEqual(['SNAPSHOT', 'SUBSCRIBED']);
    expect(live.sandbox.requests).toHaveLength(1);
  });

  it('begins with one event without an edge for a SIM without sessions', async () => {
    live = await startLiveGateway();
    const sim = simWith(0);
    const stream = await live.subscribe(sim);
    expect(told(await stream.next())).toEqual(['SNAPSHOT', null]);
    const [started] = live.sandbox.insertAtHead(sim, 1);
    await live.poll();
    expect(told(await stream.next())).toEqual(['STARTED', started?.sid]);
  });

  it('tells that a session starts, changes and ends', async () => {
    live = await startLiveGateway();
    const sim = simWith(50);
    const stream = await live.subscribe(sim);
    await stream.snapshot();
    const [ended] = sidsOf(sim);
    live.sandbox.updateSession(sim, 0, { end: '2026-11-24T12:00:00Z' });
    const [started] = live.sandbox.insertAtHead(sim, 1);
    live.sandbox.updateSession(sim, 0, { end: null });
    await live.poll();
    expect([told(await stream.next()), told(await stream.next())]).toEqual([
      ['ENDED', ended],
      ['STARTED', started?.sid],
    ]);
    live.sandbox.updateSession(sim, 0, { packets_uploaded: 987_654 });
    await live.poll();
    const updated = await stream.next();
    expect(told(updated)).toEqual(['UPDATED', started?.sid]);
    expect(updated.edge?.node.packetsUploaded).toBe(987_654);
  });

  it('has edges whose cursors are those of the connection', async () => {
    live = await startLiveGateway();
    const sim = simWith(60);
    const events = await (await live.subscribe(sim)).snapshot();
    const response = await fetch(`${live.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query:
          'query ($sim: ID!, $after: String) { sim(sid: $sim) { dataSessions(first: 3, after: $after) { nodes { sid } } } }',
        variables: { sim, after: events[0]?.edge?.cursor },
      }),
    });
    const { data } = (await response.json()) as {
      data: { sim: { dataSessions: { nodes: { sid: string }[] } } };
    };
    expect(data.sim.dataSessions.nodes.map(({ sid }) => sid)).toEqual(sidsOf(sim).slice(50, 53));
  });

  it('tells the end of an open session that is no longer among the first', async () => {
    live = await startLiveGateway();
    const sim = simWith(50);
    const [open] = sidsOf(sim);
    const stream = await live.subscribe(sim);
    await stream.snapshot();
    live.sandbox.insertAtHead(sim, 70);
    await live.poll();
    for (let n = 0; n < 140; n += 1) await stream.next();
    live.sandbox.updateSession(sim, 70, { end: '2026-11-24T12:00:00Z' });
    await live.poll();
    expect(told(await stream.next())).toEqual(['ENDED', open]);
  });

  it('sends heartbeats when nothing happens, whose cursor continues as well', async () => {
    live = await startLiveGateway();
    const sim = simWith(50);
    const stream = await live.subscribe(sim);
    const last = (await stream.snapshot()).at(-1);
    live.clock.skip(30_000);
    const heartbeat = await stream.event();
    expect(heartbeat).toMatchObject({ kind: 'HEARTBEAT', edge: null, cursor: last?.cursor });
    const [started] = live.sandbox.insertAtHead(sim, 1);
    const resumed = await live.subscribe(sim, { after: heartbeat.cursor });
    await live.poll();
    expect(told(await resumed.next())).toEqual(['STARTED', started?.sid]);
  });

  it('is complete after 30 minutes', async () => {
    live = await startLiveGateway();
    const stream = await live.subscribe(simWith(50));
    await stream.snapshot();
    live.clock.skip(30 * 60_000);
    for (let result = await stream.result(); result !== null; result = await stream.result()) {
      expect(result.data).toMatchObject({ dataSessionEvents: { kind: 'HEARTBEAT' } });
    }
  });

  it('is complete when the gateway stops', async () => {
    live = await startLiveGateway();
    const stream = await live.subscribe(simWith(50));
    await stream.snapshot();
    const closed = live.gateway.close();
    expect(await stream.result()).toBeNull();
    await closed;
  });

  it('ends with an error without the headers of a response when the token is no longer valid', async () => {
    const env = { GATEWAY_AUTH: 'token', GATEWAY_TOKENS: `a:${sha256('a-token')}:wireless:read` };
    live = await startLiveGateway({ env });
    const sim = simWith(50);
    const stream = await live.subscribe(sim, { headers: { authorization: 'Bearer a-token' } });
    await stream.snapshot();
    const others = { ...env, GATEWAY_TOKENS: `a:${sha256('another-token')}:wireless:read` };
    live.gateway.reload(configFor(live.sandbox, {}, others));
    live.sandbox.insertAtHead(sim, 1);
    await live.poll();
    const { data, errors } = (await stream.result()) ?? {};
    expect({ data, errors }).toEqual({
      errors: [{ message: 'Invalid or expired bearer token.', extensions: { code: 'UNAUTHENTICATED' } }],
    });
    expect(await stream.result()).toBeNull();
  });

  it('is rejected if its request is complete only when the gateway stops', async () => {
    live = await startLiveGateway();
    const body = JSON.stringify({
      query: `subscription { dataSessionEvents(simSid: "${simWith(1)}") { kind } }`,
    });
    const socket = connect(Number(new URL(live.url).port), '127.0.0.1');
    const head = [
      'POST /graphql HTTP/1.1',
      'host: x',
      'accept: text/event-stream',
      'content-type: application/json',
    ];
    socket.write(`${[...head, `content-length: ${body.length}`].join('\r\n')}\r\n\r\n${body.slice(0, 9)}`);
    while ((await live.metric('gateway_operations_in_flight')) === 0) await new Promise(setImmediate);
    const closed = live.gateway.close();
    while ((await live.metric('gateway_draining')) === 0) await new Promise(setImmediate);
    // The subscriptions are ended two turns of the event loop later, and a response takes more.
    await live.metric('gateway_draining');
    socket.write(body.slice(9));
    let text = '';
    for await (const data of socket) text += data;
    expect(text).toContain('"UPSTREAM_UNAVAILABLE"');
    await closed;
  });

  it('sends a client that reads slowly the latest state alone', async () => {
    live = await startLiveGateway();
    const sim = simWith(10);
    const { sandbox } = live;
    const stream = await live.subscribe(sim, {
      selection: 'kind edge { node { sid packetsUploaded radioLink } }',
    });
    // More than the buffers of the connection take while the client does not read.
    const text = 'x'.repeat(200_000);
    const rounds = 15;
    for (let round = 1; round <= rounds; round += 1) {
      for (let index = 0; index < 10; index += 1) {
        sandbox.updateSession(sim, index, { packets_uploaded: round, radio_link: text });
      }
      await live.poll();
    }
    const seen = new Map<string, number>();
    let events = 0;
    while (seen.size < 10 || [...seen.values()].some((packets) => packets !== rounds)) {
      const { edge } = await stream.next();
      events += 1;
      if (edge !== null) seen.set(String(edge.node.sid), Number(edge.node.packetsUploaded));
    }
    expect(events).toBeLessThan(10 * rounds);
  });
});
