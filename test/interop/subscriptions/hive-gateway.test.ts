import { type ExecutionResult, print } from 'graphql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SessionEventsSubscription } from '../../graphql/graphql.js';
import { type LiveGateway, startLiveGateway } from '../../live/gateway.js';
import type { HttpServer } from '../http-server.js';
import { serveDevices } from '../neighbours.js';
import { COMPOSERS, compose, serveSupergraph } from '../supergraph.js';
import { Deliveries, eventsOf } from './deliveries.js';
import { SessionEvents } from './documents.js';
import { createSseClient, type SseClient } from './graphql-sse.js';
import { expectNoPoller, expectSession, expectSnapshot, LiveSim } from './live-sim.js';

/** The subscriptions to the subgraph are sent by POST. */
const BY_POST = {
  transportEntries: {
    wireless: { options: { subscriptions: { kind: 'http', options: { method: 'POST' } } } },
  },
};

let live: LiveGateway;
let sim: LiveSim;
let devices: HttpServer;
beforeEach(async () => {
  live = await startLiveGateway();
  sim = new LiveSim(live);
  devices = await serveDevices([sim.sid]);
});
afterEach(() => Promise.all([live.close(), devices.close()]));

describe.each(COMPOSERS)('Hive Gateway with a supergraph composed by %s', (composer) => {
  let supergraph: string;
  beforeEach(async () => {
    supergraph = await compose(composer, [
      { name: 'wireless', url: `${live.url}/graphql` },
      { name: 'devices', url: devices.url },
    ]);
  });

  let hive: HttpServer | undefined;
  let client: SseClient | undefined;
  afterEach(() => {
    client?.dispose();
    return hive?.close();
  });

  async function subscribe(config: object, query: string = print(SessionEvents)) {
    hive = await serveSupergraph(supergraph, config);
    client = createSseClient({ url: hive.url });
    const deliveries = new Deliveries<ExecutionResult<SessionEventsSubscription>>();
    const unsubscribe = client.subscribe({ query, variables: { simSid: sim.sid } }, deliveries.observer);
    return {
      deliveries,
      unsubscribe,
      next: eventsOf(deliveries),
    };
  }

  it('passes on a snapshot and the events of a session', async () => {
    const { next } = await subscribe(BY_POST);
    await expectSession(sim, next);
  });

  it('joins fields of other subgraphs to the session of an event', async () => {
    const { deliveries } = await subscribe(
      BY_POST,
      'subscription ($simSid: ID!) { dataSessionEvents(simSid: $simSid) { edge { node { sid invoice } } } }',
    );
    const sid = sim.sessions[1];
    expect(await deliveries.next()).toEqual({
      data: { dataSessionEvents: { edge: { node: { sid, invoice: `invoice of ${sid}` } } } },
    });
  });

  it('ends the polls when its client unsubscribes', async () => {
    const { next, unsubscribe } = await subscribe(BY_POST);
    await expectSnapshot(sim, next);
    expect(await live.metric('gateway_live_pollers')).toBe(1);
    unsubscribe();
    await expectNoPoller(live);
  });

  it('completes the subscription when the gateway stops', async () => {
    const { next, deliveries } = await subscribe(BY_POST);
    await expectSnapshot(sim, next);
    const closed = live.gateway.close();
    await deliveries.completed();
    await closed;
  });

  it('is forbidden to subscribe by GET, which is its default', async () => {
    const { deliveries } = await subscribe({});
    expect((await deliveries.next()).errors).toMatchObject([
      { message: 'Required CSRF header(s) not present' },
    ]);
  });
});
