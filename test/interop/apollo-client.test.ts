import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { SessionsPageQuery } from '../graphql/graphql.js';
import { portOf } from '../readme/blocks.js';
import { load } from '../readme/load.js';
import { SessionsPage } from '../support/documents.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { listedBy, listedIn } from './listed.js';

interface Query<Data, Variables> {
  readonly query: TypedDocumentNode<Data, Variables>;
  readonly variables: Variables;
}

interface Watched {
  subscribe(observer: () => void): { unsubscribe(): void };
  fetchMore(options: { variables: Record<string, unknown> }): Promise<unknown>;
}

/** The part of Apollo Client that the test uses. */
interface ApolloClient {
  query<Data, Variables>(query: Query<Data, Variables>): Promise<{ readonly data: Data | undefined }>;
  watchQuery<Data, Variables>(query: Query<Data, Variables>): Watched;
  readQuery<Data, Variables>(query: Query<Data, Variables>): Data | null;
  stop(): void;
}

let gateway: TestGateway;
let sid: string;
beforeAll(async () => {
  gateway = await startTestGateway();
  [sid = ''] = gateway.sandbox.simSids;
});
afterAll(() => gateway.close());

let client: ApolloClient;
beforeEach(() => {
  ({ client } = load<{ client: ApolloClient }>('src/apollo.ts', { gateway: portOf(gateway.url) }));
  return () => client.stop();
});

it('Apollo Client joins the pages of a list to its end with relayStylePagination', async () => {
  const query = { query: SessionsPage, variables: { sid, first: 50 } };
  const connection = await pageWith(query, ({ pageInfo: { hasNextPage, endCursor } }) =>
    hasNextPage ? { after: endCursor } : null,
  );
  expect(connection.edges.length).toBeGreaterThan(300);
  expect(listedIn(connection)).toEqual(listedBy(gateway.sandbox, sid));
});

it('Apollo Client joins the pages of a list from its end to its start', async () => {
  const query = { query: SessionsPage, variables: { sid, last: 50 } };
  const connection = await pageWith(query, ({ pageInfo: { hasPreviousPage, startCursor } }) =>
    hasPreviousPage ? { before: startCursor } : null,
  );
  expect(listedIn(connection)).toEqual(listedBy(gateway.sandbox, sid));
});

it('Apollo Client stops at an empty next page and keeps its edges', async () => {
  const { cleanSimSid, faults, sessions } = gateway.sandbox;
  const remove = faults.add({ kind: 'danglingNext', path: '/DataSessions' });
  const query = { query: SessionsPage, variables: { sid: cleanSimSid, first: sessions(cleanSimSid).length } };
  let fetches = 0;
  const { edges, pageInfo } = await pageWith(query, ({ pageInfo: { hasNextPage, endCursor } }) => {
    if (!hasNextPage) return null;
    fetches += 1;
    return { after: endCursor };
  });
  remove();
  expect(fetches).toBe(1);
  expect(listedIn({ edges })).toEqual(listedBy(gateway.sandbox, cleanSimSid));
  expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor);
});

it('Apollo Client can fetch more of a list without edges, with an empty cursor', async () => {
  const { sid } = gateway.sandbox.addSim();
  const query = { query: SessionsPage, variables: { sid, first: 50 } };
  const sent: unknown[] = [];
  const { edges } = await pageWith(query, ({ edges, pageInfo: { endCursor } }) => {
    if (edges.length > 0) return null;
    sent.push(endCursor);
    gateway.sandbox.insertAtHead(sid, 3);
    return { after: endCursor };
  });
  expect(sent).toEqual(['']);
  expect(listedIn({ edges })).toEqual(listedBy(gateway.sandbox, sid));
});

type Connection = NonNullable<NonNullable<SessionsPageQuery['sim']>['dataSessions']>;

/** Fetches more while `next` returns variables for the connection. */
async function pageWith<Variables>(
  query: Query<SessionsPageQuery, Variables>,
  next: (connection: Connection) => Record<string, unknown> | null,
): Promise<Connection> {
  await client.query(query);
  const watched = client.watchQuery(query);
  const subscription = watched.subscribe(() => undefined);
  const joined = () => {
    const connection = client.readQuery(query)?.sim?.dataSessions;
    if (!connection) throw new Error('no connection in the cache');
    return connection;
  };
  for (let more = next(joined()); more !== null; more = next(joined())) {
    await watched.fetchMore({ variables: { ...query.variables, ...more } });
  }
  subscription.unsubscribe();
  return joined();
}
