import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SessionEventsSubscription } from '../../graphql/graphql.js';
import { type LiveGateway, startLiveGateway } from '../../live/gateway.js';
import { portOf } from '../../readme/blocks.js';
import { load } from '../../readme/load.js';
import { Deliveries, eventsOf, type Observer } from './deliveries.js';
import { LatestSessions, SessionEvents } from './documents.js';
import { expectNoPoller, expectSession, expectSnapshot, LiveSim } from './live-sim.js';

interface Operation<Data, Variables> {
  readonly query: TypedDocumentNode<Data, Variables>;
  readonly variables: Variables;
}

interface Result {
  readonly data?: SessionEventsSubscription;
  readonly error?: Error;
}

/** The part of Apollo Client that the test uses. */
interface ApolloClient {
  query<Data, Variables>(operation: Operation<Data, Variables>): Promise<unknown>;
  readQuery<Data, Variables>(operation: Operation<Data, Variables>): Data | null;
  subscribe<Data, Variables>(
    operation: Operation<Data, Variables>,
  ): { subscribe(observer: Observer<Result>): { unsubscribe(): void } };
  stop(): void;
}

let live: LiveGateway;
let client: ApolloClient;
let sim: LiveSim;
beforeEach(async () => {
  live = await startLiveGateway();
  sim = new LiveSim(live);
  ({ client } = load<{ client: ApolloClient }>('src/apollo.ts', { gateway: portOf(live.url) }));
});
afterEach(() => {
  client.stop();
  return live.close();
});

/** Subscribes with the client of the documentation, whose only link is an HttpLink. */
function subscribe(simSid: string) {
  const deliveries = new Deliveries<Result>();
  const subscription = client
    .subscribe({ query: SessionEvents, variables: { simSid } })
    .subscribe(deliveries.observer);
  return {
    deliveries,
    unsubscribe: () => subscription.unsubscribe(),
    next: eventsOf(deliveries),
  };
}

it('Apollo Client receives a snapshot and the events of a session with its HttpLink alone', async () => {
  const { next } = subscribe(sim.sid);
  await expectSession(sim, next);
});

it('Apollo Client updates a session in its cache by an event', async () => {
  const query = { query: LatestSessions, variables: { sid: sim.sid } };
  const { next } = subscribe(sim.sid);
  await expectSnapshot(sim, next);
  await sim.start();
  expect(await next()).toMatchObject({ kind: 'STARTED' });
  await client.query(query);
  await sim.send(987);
  expect(await next()).toMatchObject({ kind: 'UPDATED' });
  expect(client.readQuery(query)?.sim?.dataSessions?.edges[0]?.node.packetsUploaded).toBe(987);
});

it('Apollo Client ends the polls when it unsubscribes', async () => {
  const { next, unsubscribe } = subscribe(sim.sid);
  await expectSnapshot(sim, next);
  expect(await live.metric('gateway_live_pollers')).toBe(1);
  unsubscribe();
  await expectNoPoller(live);
});

it('Apollo Client receives the error of an invalid SID', async () => {
  const { deliveries } = subscribe('DE1');
  const { error } = await deliveries.next();
  expect(error).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  await deliveries.completed();
});

it('Apollo Client completes the subscription when the gateway stops', async () => {
  const { next, deliveries } = subscribe(sim.sid);
  await expectSnapshot(sim, next);
  const closed = live.gateway.close();
  await deliveries.completed();
  await closed;
});
