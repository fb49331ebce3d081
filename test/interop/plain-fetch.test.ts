import { print } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SessionsPageQuery, SessionsPageQueryVariables } from '../graphql/graphql.js';
import { SessionsPage } from '../support/documents.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { type Listed, listedBy, listedIn } from './listed.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

type Connection = NonNullable<NonNullable<SessionsPageQuery['sim']>['dataSessions']>;

async function page(variables: SessionsPageQueryVariables): Promise<Connection> {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: print(SessionsPage), variables }),
  });
  const { data } = (await response.json()) as { data: SessionsPageQuery };
  const connection = data.sim?.dataSessions;
  if (connection === null || connection === undefined) throw new Error('no connection in the answer');
  return connection;
}

it('plain fetch reads a list to its end by endCursor and hasNextPage', async () => {
  const [sid = ''] = gateway.sandbox.simSids;
  const sessions: Listed[] = [];
  let after: string | null = null;
  do {
    const { pageInfo, ...connection }: Connection = await page({ sid, first: 50, after });
    sessions.push(...listedIn(connection));
    after = pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null;
  } while (after !== null);
  expect(sessions.length).toBeGreaterThan(300);
  expect(sessions).toEqual(listedBy(gateway.sandbox, sid));
});

it('plain fetch reads a list from its end to its start by startCursor and hasPreviousPage', async () => {
  const [sid = ''] = gateway.sandbox.simSids;
  const sessions: Listed[] = [];
  let before: string | null = null;
  do {
    const { pageInfo, ...connection }: Connection = await page({ sid, last: 50, before });
    sessions.unshift(...listedIn(connection));
    before = pageInfo.hasPreviousPage ? (pageInfo.startCursor ?? null) : null;
  } while (before !== null);
  expect(sessions).toEqual(listedBy(gateway.sandbox, sid));
});
