import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SessionEventsSubscription } from '../../graphql/graphql.js';
import { type LiveGateway, startLiveGateway } from '../../live/gateway.js';
import { peer } from '../peers.js';
import { Deliveries, eventsOf } from './deliveries.js';
import { LatestSessions, SessionEvents } from './documents.js';
import { expectNoPoller, expectSession, expectSnapshot, LiveSim } from './live-sim.js';

interface Result<Data> {
  readonly data?: Data;
  readonly error?: Error;
  readonly hasNext: boolean;
}

interface Source<Data> {
  subscribe(next: (result: Result<Data>) => void): { unsubscribe(): void };
  toPromise(): Promise<Result<Data>>;
}

/** The part of urql that the test uses. */
interface Client {
  query<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Source<Data>;
  readQuery<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Result<Data> | null;
  subscription<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Source<Data>;
}

type Exchange = (input: object) => unknown;

const { createClient, fetchExchange } = peer<{
  createClient(options: object): Client;
  fetchExchange: Exchange;
}>('@urql/core');
const { cacheExchange } = peer<{ cacheExchange(options: object): Exchange }>('@urql/exchange-graphcache');

let live: LiveGateway;
let client: Client;
let sim: LiveSim;
beforeEach(async () => {
  live = await startLiveGateway();
  sim = new LiveSim(live);
  client = createClient({
    url: `${live.url}/graphql`,
    preferGetMethod: false,
    fetchSubscriptions: true,
    exchanges: [cacheExchange({ keys: { Sim: ({ sid }: { sid: string }) => sid } }), fetchExchange],
  });
});
afterEach(() => live.close());

/** Subscribes without an exchange for subscriptions. */
function subscribe(simSid: string) {
  const deliveries = new Deliveries<Result<SessionEventsSubscription>>();
  const subscription = client.subscription(SessionEvents, { simSid }).subscribe(deliveries.observer.next);
  return {
    deliveries,
    unsubscribe: () => subscription.unsubscribe(),
    next: eventsOf(deliveries),
  };
}

it('urql receives a snapshot and the events of a session with `fetchSubscriptions`', async () => {
  const { next } = subscribe(sim.sid);
  await expectSession(sim, next);
});

it('urql updates a session in its cache by an event', async () => {
  const { next } = subscribe(sim.sid);
  await expectSnapshot(sim, next);
  await sim.start();
  expect(await next()).toMatchObject({ kind: 'STARTED' });
  await client.query(LatestSessions, { sid: sim.sid }).toPromise();
  await sim.send(987);
  expect(await next()).toMatchObject({ kind: 'UPDATED' });
  const cached = client.readQuery(LatestSessions, { sid: sim.sid })?.data?.sim?.dataSessions;
  expect(cached?.edges[0]?.node.packetsUploaded).toBe(987);
});

it('urql ends the polls when it unsubscribes', async () => {
  const { next, unsubscribe } = subscribe(sim.sid);
  await expectSnapshot(sim, next);
  expect(await live.metric('gateway_live_pollers')).toBe(1);
  unsubscribe();
  await expectNoPoller(live);
});

it('urql receives the error of an invalid SID', async () => {
  const { error } = await subscribe('DE1').deliveries.next();
  expect(error).toMatchObject({ graphQLErrors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
});

it('urql delivers the last event again, as the last result, when the gateway stops', async () => {
  const { next, deliveries } = subscribe(sim.sid);
  await expectSnapshot(sim, next);
  const [newest] = sim.sessions;
  const closed = live.gateway.close();
  const { hasNext, data } = await deliveries.next();
  expect([hasNext, data?.dataSessionEvents.edge?.node.sid]).toEqual([false, newest]);
  await closed;
});
