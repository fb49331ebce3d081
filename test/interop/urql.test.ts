import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { SessionsPage } from '../support/documents.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { listedBy, listedIn } from './listed.js';
import { peer } from './peers.js';

interface Result<Data> {
  readonly data?: Data;
  readonly error?: Error;
}

/** As much of urql as the test uses. */
interface Client {
  query<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    context?: { requestPolicy: 'cache-only' },
  ): { toPromise(): Promise<Result<Data>> };
}

type Exchange = (input: object) => unknown;

const { createClient, fetchExchange } = peer<{
  createClient(options: { url: string; preferGetMethod: boolean; exchanges: Exchange[] }): Client;
  fetchExchange: Exchange;
}>('@urql/core');
const { cacheExchange } = peer<{ cacheExchange(options: object): Exchange }>('@urql/exchange-graphcache');
const { relayPagination } = peer<{ relayPagination(): object }>('@urql/exchange-graphcache/extras');

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

it('urql joins the pages of a list to its end with relayPagination, and has no complaint', async () => {
  const complaints = vi.spyOn(console, 'warn');
  const client = createClient({
    url: `${gateway.url}/graphql`,
    preferGetMethod: false,
    exchanges: [
      cacheExchange({
        keys: {
          Sim: ({ sid }: { sid: string }) => sid,
          CellLocationEstimate: () => null,
          SimLinks: () => null,
        },
        resolvers: { Sim: { dataSessions: relayPagination() } },
      }),
      fetchExchange,
    ],
  });
  const [sid = ''] = gateway.sandbox.simSids;
  const first = 50;
  const next = async (after: string | null): Promise<string | null> => {
    const { data, error } = await client.query(SessionsPage, { sid, first, after }).toPromise();
    if (error !== undefined) throw error;
    const pageInfo = data?.sim?.dataSessions?.pageInfo;
    return pageInfo?.hasNextPage ? (pageInfo.endCursor ?? null) : null;
  };
  let cursor = await next(null);
  while (cursor !== null) cursor = await next(cursor);
  const cached = await client
    .query(SessionsPage, { sid, first, after: null }, { requestPolicy: 'cache-only' })
    .toPromise();
  const sessions = listedIn(cached.data?.sim?.dataSessions);
  expect(sessions.length).toBeGreaterThan(300);
  expect(sessions).toEqual(listedBy(gateway.sandbox, sid));
  expect(complaints).not.toHaveBeenCalled();
});
