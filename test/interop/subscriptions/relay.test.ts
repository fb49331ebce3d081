import { printSchema } from 'graphql';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { LatestSessionsQuery, SessionEventsSubscription } from '../../graphql/graphql.js';
import { type LiveGateway, startLiveGateway } from '../../live/gateway.js';
import { schema } from '../../support/schema.js';
import { peer } from '../peers.js';
import { type Artifacts, compileRelay } from '../relay/compile.js';
import { Deliveries, type Observer } from './deliveries.js';
import { createSseClient, type SseClient } from './graphql-sse.js';
import { expectNoPoller, LiveSim } from './live-sim.js';

interface Operation {
  readonly text: string;
}

/** A record of the store, as an updater sees it. */
interface StoreRecord {
  getDataID(): string;
  getValue(field: string): unknown;
  getLinkedRecord(field: string): StoreRecord | null;
  getLinkedRecords(field: string): readonly StoreRecord[] | null;
}

interface Store {
  get(id: string): StoreRecord | null;
  getRootField(field: string): StoreRecord | null;
}

interface SubscriptionConfig {
  readonly subscription: object;
  readonly variables: object;
  readonly updater?: (store: Store) => void;
  readonly onNext: (data: SessionEventsSubscription | null) => void;
  readonly onError: (error: Error) => void;
  readonly onCompleted: () => void;
}

interface Environment {
  lookup(selector: object): { readonly data: LatestSessionsQuery };
  retain(operation: object): unknown;
}

/** The part of `relay-runtime` that the test uses. */
interface RelayRuntime {
  readonly Environment: new (options: { network: object; store: object }) => Environment;
  readonly Store: new (source: object) => object;
  readonly RecordSource: new () => object;
  readonly Observable: { create(source: (sink: Observer<never>) => () => void): object };
  readonly Network: {
    create(
      fetcher: (operation: Operation, variables: object) => Promise<unknown>,
      subscriber: (operation: Operation, variables: Record<string, unknown>) => object,
    ): object;
  };
  readonly ConnectionHandler: {
    getConnection(record: StoreRecord, key: string): StoreRecord | null;
    insertEdgeBefore(connection: StoreRecord, edge: StoreRecord): void;
  };
  createOperationDescriptor(query: object, variables: object): { readonly fragment: object };
  fetchQuery(environment: Environment, query: object, variables: object): { toPromise(): Promise<unknown> };
  requestSubscription(environment: Environment, config: SubscriptionConfig): { dispose(): void };
}

const relay = peer<RelayRuntime>('relay-runtime');

let artifacts: Artifacts;
beforeAll(async () => {
  artifacts = await compileRelay(printSchema(schema));
});
afterAll(() => artifacts?.remove());

let live: LiveGateway;
let sim: LiveSim;
let client: SseClient;
let environment: Environment;
beforeEach(async () => {
  live = await startLiveGateway();
  sim = new LiveSim(live);
  const url = `${live.url}/graphql`;
  client = createSseClient({ url });
  const send = async ({ text }: Operation, variables: object) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: text, variables }),
    });
    return response.json();
  };
  const subscribe = ({ text }: Operation, variables: Record<string, unknown>) =>
    relay.Observable.create((sink) => client.subscribe({ query: text, variables }, sink));
  environment = new relay.Environment({
    network: relay.Network.create(send, subscribe),
    store: new relay.Store(new relay.RecordSource()),
  });
});
afterEach(() => {
  client.dispose();
  return live.close();
});

/** Inserts a session that the connection does not have before the others: the snapshot is as long as the connection. */
function insertNew(store: Store, simId: string): void {
  const sim = store.get(simId);
  const connection = sim && relay.ConnectionHandler.getConnection(sim, 'liveSessions_dataSessions');
  const event = store.getRootField('dataSessionEvents');
  const edge = event?.getLinkedRecord('edge');
  if (!connection || !edge || !['SNAPSHOT', 'STARTED'].includes(String(event?.getValue('kind')))) return;
  const idOf = (edge: StoreRecord) => edge.getLinkedRecord('node')?.getDataID();
  if (connection.getLinkedRecords('edges')?.some((present) => idOf(present) === idOf(edge))) return;
  relay.ConnectionHandler.insertEdgeBefore(connection, edge);
}

/** Fetches the list, and retains it in the store. */
async function fetchList() {
  const query = artifacts.load('liveSessionsQuery');
  const variables = { sid: sim.sid };
  await relay.fetchQuery(environment, query, variables).toPromise();
  const operation = relay.createOperationDescriptor(query, variables);
  environment.retain(operation);
  const read = () => environment.lookup(operation.fragment).data.sim;
  return {
    id: String(read()?.id),
    sessions: () => read()?.dataSessions?.edges.map(({ node }) => [node.sid, node.packetsUploaded, node.end]),
  };
}

function subscribe(sid: string, updater?: (store: Store) => void) {
  const deliveries = new Deliveries<SessionEventsSubscription | null>();
  const { next: onNext, error: onError, complete: onCompleted } = deliveries.observer;
  const subscription = artifacts.load('liveSessionsSubscription');
  const { dispose } = relay.requestSubscription(environment, {
    subscription,
    variables: { sid },
    ...(updater && { updater }),
    onNext,
    onError,
    onCompleted,
  });
  return { deliveries, dispose, next: async () => (await deliveries.next())?.dataSessionEvents };
}

it('Relay shows new sessions first in a connection, and their changes', async () => {
  const { id, sessions } = await fetchList();
  const before = sessions();
  sim.startUnseen();
  const [first] = sim.sessions;
  const { next } = subscribe(sim.sid, (store) => insertNew(store, id));
  for (let n = 0; n < 3; n += 1) expect((await next())?.kind).toBe('SNAPSHOT');
  expect(sessions()).toEqual([[first, 1, null], ...(before ?? [])]);
  await sim.start();
  const [second] = sim.sessions;
  expect((await next())?.kind).toBe('STARTED');
  await sim.send(987);
  expect((await next())?.kind).toBe('UPDATED');
  expect(sessions()).toEqual([[second, 987, null], [first, 1, null], ...(before ?? [])]);
});

it('Relay ends the polls when it disposes of the subscription', async () => {
  const { next, dispose } = subscribe(sim.sid);
  await next();
  await next();
  expect(await live.metric('gateway_live_pollers')).toBe(1);
  dispose();
  await expectNoPoller(live);
});

it('Relay receives the error of an invalid SID', async () => {
  const { deliveries } = subscribe('DE1');
  await expect(deliveries.next()).rejects.toThrow(/Invalid `simSid`/);
});

it('Relay completes the subscription when the gateway stops', async () => {
  const { next, deliveries } = subscribe(sim.sid);
  await next();
  await next();
  const closed = live.gateway.close();
  await deliveries.completed();
  await closed;
});
