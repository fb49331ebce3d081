import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery, printSchema } from 'graphql';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { FleetPageQuery, FleetPageQueryVariables } from '../graphql/graphql.js';
import { portOf } from '../readme/blocks.js';
import { load } from '../readme/load.js';
import { FleetPage } from '../support/documents.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { peer } from './peers.js';
import { compileRelay } from './relay/compile.js';

/*
 * A list of SIMs with a filtered list of sessions below each, joined page by page in the caches of clients.
 */

const PAGE = 7;
const FILTER = { radioLink: ['LTE'], hasTraffic: true } as const;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ sandbox: { sims: 40 } });
});
afterAll(() => gateway.close());

/** The SIMs that are active, each with its first two sessions that match. */
function expected(): readonly unknown[] {
  return gateway.sandbox.sims
    .filter(({ status }) => status === 'active')
    .map(({ sid }) => ({
      sid,
      sessions: gateway.sandbox
        .sessions(sid)
        .filter(
          ({ radio_link, packets_uploaded, packets_downloaded }) =>
            radio_link === 'LTE' && Number(packets_uploaded ?? 0) + Number(packets_downloaded ?? 0) > 0,
        )
        .slice(0, 2)
        .map((session) => session.sid ?? null),
    }));
}

type Sims = NonNullable<FleetPageQuery['sims']>;

const listed = (sims: Pick<Sims, 'edges'> | null | undefined) =>
  (sims?.edges ?? []).map(({ node }) => ({
    sid: node.sid,
    sessions: (node.dataSessions?.edges ?? []).map((edge) => edge.node.sid ?? null),
  }));

it('Apollo Client joins the pages of SIMs, with the filtered sessions of each', async () => {
  interface Client {
    query<Data>(query: object): Promise<{ readonly data: Data }>;
    watchQuery(query: object): {
      subscribe(observer: () => void): { unsubscribe(): void };
      fetchMore(options: { variables: object }): Promise<unknown>;
    };
    readQuery(query: object): FleetPageQuery | null;
    stop(): void;
  }
  const { client } = load<{ client: Client }>('src/apollo.ts', { gateway: portOf(gateway.url) });
  const variables = { first: PAGE, filter: FILTER };
  const query = { query: FleetPage, variables };
  await client.query(query);
  const watched = client.watchQuery(query);
  const subscription = watched.subscribe(() => undefined);
  for (;;) {
    const { pageInfo } = client.readQuery(query)?.sims ?? {};
    if (pageInfo?.hasNextPage !== true) break;
    await watched.fetchMore({ variables: { ...variables, after: pageInfo.endCursor } });
  }
  expect(listed(client.readQuery(query)?.sims)).toEqual(expected());
  subscription.unsubscribe();
  client.stop();
});

it('urql joins the pages of SIMs, with the filtered sessions of each, without warnings', async () => {
  interface Client {
    query(
      document: TypedDocumentNode<FleetPageQuery, FleetPageQueryVariables>,
      variables: FleetPageQueryVariables,
      context?: object,
    ): { toPromise(): Promise<{ readonly data?: FleetPageQuery; readonly error?: Error }> };
  }
  type Exchange = (input: object) => unknown;
  const { createClient, fetchExchange } = peer<{
    createClient(options: object): Client;
    fetchExchange: Exchange;
  }>('@urql/core');
  const { cacheExchange } = peer<{ cacheExchange(options: object): Exchange }>('@urql/exchange-graphcache');
  const { relayPagination } = peer<{ relayPagination(): object }>('@urql/exchange-graphcache/extras');
  const complaints = vi.spyOn(console, 'warn');
  const client = createClient({
    url: `${gateway.url}/graphql`,
    preferGetMethod: false,
    exchanges: [
      cacheExchange({
        keys: { Sim: ({ sid }: { sid: string }) => sid },
        resolvers: { Query: { sims: relayPagination() }, Sim: { dataSessions: relayPagination() } },
      }),
      fetchExchange,
    ],
  });
  const first = { first: PAGE, after: null, filter: FILTER } as unknown as FleetPageQueryVariables;
  for (let after: string | null | undefined = null; ; ) {
    const { data, error } = await client.query(FleetPage, { ...first, after }).toPromise();
    if (error !== undefined) throw error;
    if (data?.sims?.pageInfo.hasNextPage !== true) break;
    after = data.sims.pageInfo.endCursor;
  }
  const cached = await client.query(FleetPage, first, { requestPolicy: 'cache-only' }).toPromise();
  expect(listed(cached.data?.sims)).toEqual(expected());
  expect(complaints).not.toHaveBeenCalled();
});

it('Relay joins the pages of SIMs below Query, with the filtered sessions of each', async () => {
  interface Environment {
    lookup(selector: object): { readonly data: unknown };
    retain(operation: object): { dispose(): void };
  }
  interface RelayRuntime {
    readonly Environment: new (options: object) => Environment;
    readonly Store: new (source: object) => object;
    readonly RecordSource: new () => object;
    readonly Network: {
      create(fetcher: (operation: { text: string }, variables: object) => unknown): object;
    };
    createOperationDescriptor(query: object, variables: object): { readonly fragment: object };
    fetchQuery(environment: Environment, query: object, variables: object): { toPromise(): Promise<unknown> };
    getSingularSelector(fragment: object, reference: unknown): object;
  }
  const relay = peer<RelayRuntime>('relay-runtime');
  const { data: schema } = await gateway.sendText(getIntrospectionQuery());
  const artifacts = await compileRelay(
    printSchema(buildClientSchema(schema as unknown as IntrospectionQuery)),
  );
  const environment = new relay.Environment({
    network: relay.Network.create(async ({ text }, variables) => {
      const { data } = await gateway.sendText(text, variables as Record<string, unknown>);
      return { data };
    }),
    store: new relay.Store(new relay.RecordSource()),
  });
  const [query, nextPage, list] = ['fleetQuery', 'fleetNextPageQuery', 'fleet_query'].map(artifacts.load) as [
    object,
    object,
    object,
  ];
  const variables = { count: PAGE, filter: FILTER };
  await relay.fetchQuery(environment, query, variables).toPromise();
  const operation = relay.createOperationDescriptor(query, variables);
  environment.retain(operation);
  const read = () =>
    (
      environment.lookup(relay.getSingularSelector(list, environment.lookup(operation.fragment).data))
        .data as {
        sims: Sims;
      }
    ).sims;
  for (let sims = read(); sims.pageInfo.hasNextPage; sims = read()) {
    await relay
      .fetchQuery(environment, nextPage, { ...variables, cursor: sims.pageInfo.endCursor })
      .toPromise();
  }
  expect(listed(read())).toEqual(expected());
  await artifacts.remove();
});
