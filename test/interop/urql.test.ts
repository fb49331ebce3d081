import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { SessionsPage } from '../support/documents.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { listedBy, listedIn } from './listed.js';
import { peer } from './peers.js';

interface Result<Data> {
  readonly data?: Data;
  readonly error?: Error;
}

/** The part of urql that the test uses. */
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
afterEach(() => gateway.sandbox.faults.clear());

it.each([
  ['that is exact', false],
  ['behind a next page that turns out to be empty', true],
])('urql joins the pages of a list %s with relayPagination, without warnings', async (_, dangling) => {
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
  const first = dangling ? gateway.sandbox.sessions(sid).length : 50;
  if (dangling) gateway.sandbox.faults.add({ kind: 'danglingNext', path: '/DataSessions' });
  const next = async (after: string | null): Promise<string | null> => {
    const { data, error } = await client.query(SessionsPage, { sid, first, after }).toPromise();
    if (error !== undefined) throw error;
    const pageInfo = data?.sim?.dataSessions?.pageInfo;
    // relayPagination ignores an empty page with its hasNextPage, so an unchanged cursor is the end.
    return pageInfo?.hasNextPage && pageInfo.endCursor !== after ? (pageInfo.endCursor ?? null) : null;
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
