import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery, printSchema } from 'graphql';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { type Listed, listedBy, listedIn } from './listed.js';
import { peer } from './peers.js';
import { type Artifacts, compileRelay } from './relay/compile.js';

interface Operation {
  readonly fragment: object;
}

interface Environment {
  lookup(selector: object): { readonly data: unknown };
  retain(operation: Operation): { dispose(): void };
}

interface FetchedOperation {
  readonly text: string;
}

/** The part of `relay-runtime` that the test uses. */
interface RelayRuntime {
  readonly Environment: new (options: { network: object; store: object }) => Environment;
  readonly Store: new (source: object) => object;
  readonly RecordSource: new () => object;
  readonly Network: {
    create(fetcher: (operation: FetchedOperation, variables: object) => Promise<unknown>): object;
  };
  createOperationDescriptor(query: object, variables: object): Operation;
  fetchQuery(environment: Environment, query: object, variables: object): { toPromise(): Promise<unknown> };
  getSingularSelector(fragment: object, reference: unknown): object;
}

interface SimWithSessions {
  readonly id: string;
  readonly dataSessions: {
    readonly edges: readonly { readonly node: Listed }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

const relay = peer<RelayRuntime>('relay-runtime');

let gateway: TestGateway;
let artifacts: Artifacts;
beforeAll(async () => {
  gateway = await startTestGateway();
  const { data } = await gateway.sendText(getIntrospectionQuery());
  artifacts = await compileRelay(printSchema(buildClientSchema(data as unknown as IntrospectionQuery)));
});
afterAll(() => Promise.all([gateway.close(), artifacts?.remove()]));
afterEach(() => gateway.sandbox.faults.clear());

let environment: Environment;
beforeEach(() => {
  const send = async ({ text }: FetchedOperation, variables: object) => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: text, variables }),
    });
    return response.json();
  };
  environment = new relay.Environment({
    network: relay.Network.create(send),
    store: new relay.Store(new relay.RecordSource()),
  });
});

it.each([
  ['that is exact', false],
  ['behind a next page that turns out to be empty', true],
])('Relay joins the pages of a @connection %s, each fetched with node(id)', async (_, dangling) => {
  const query = artifacts.load('sessionListQuery');
  const nextPage = artifacts.load('sessionListNextPageQuery');
  const list = artifacts.load('sessionList_sim');
  const [sid = ''] = gateway.sandbox.simSids;
  const count = dangling ? gateway.sandbox.sessions(sid).length : 50;
  if (dangling) gateway.sandbox.faults.add({ kind: 'danglingNext', path: '/DataSessions' });
  const variables = { sid, count };

  await relay.fetchQuery(environment, query, variables).toPromise();
  const operation = relay.createOperationDescriptor(query, variables);
  environment.retain(operation);
  const { sim } = environment.lookup(operation.fragment).data as { sim: unknown };
  const read = () => environment.lookup(relay.getSingularSelector(list, sim)).data as SimWithSessions;

  let { id, dataSessions } = read();
  while (dataSessions.pageInfo.hasNextPage) {
    const cursor = dataSessions.pageInfo.endCursor;
    await relay.fetchQuery(environment, nextPage, { id, count, cursor }).toPromise();
    ({ id, dataSessions } = read());
  }
  expect(dataSessions.edges.length).toBeGreaterThan(300);
  expect(listedIn(dataSessions)).toEqual(listedBy(gateway.sandbox, sid));
});

it('Relay gets the same ID for a session in each response, and refetches a SIM by its ID', async () => {
  const [sid] = gateway.sandbox.simSids;
  const query = `query ($sid: ID!) {
    sim(sid: $sid) { id dataSessions(first: 100) { edges { node { id } } } }
  }`;
  const [once, again] = [await gateway.sendText(query, { sid }), await gateway.sendText(query, { sid })];
  expect(again.data).toEqual(once.data);
  const id = (once.data?.sim as { id: string } | undefined)?.id;
  const refetched = await gateway.sendText('query ($id: ID!) { node(id: $id) { id ... on Sim { sid } } }', {
    id,
  });
  expect(refetched.data).toEqual({ node: { id, sid } });
});
