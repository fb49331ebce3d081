import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, startTestGateway, type TestGateway } from '../support/gateway.js';
import { cursorAt, fetchWindow, type Window } from '../support/windows.js';

let gateway: TestGateway;
let sid: string;
let sids: unknown[];

beforeAll(async () => {
  gateway = await startTestGateway();
  sid = gateway.sandbox.simSids[0] ?? '';
  sids = gateway.sandbox.sessions(sid).map((session) => session.sid);
});
afterAll(() => gateway.close());

/** Requests several windows of the SIM in one operation. */
async function windows(
  args: Record<string, string>,
): Promise<Answer<unknown> & { of: Record<string, Window> }> {
  const fields = Object.entries(args).map(([alias, text]) => `${alias}: dataSessions(${text}) { ...All }`);
  const answer = await gateway.sendText(
    `query ($sid: ID!) { sim(sid: $sid) { ${fields.join(' ')} } }
     fragment All on SimDataSessionsConnection {
       edges { cursor node { id sid start } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
     }`,
    { sid },
  );
  expect(answer.errors).toBeUndefined();
  return { ...answer, of: answer.data?.sim as Record<string, Window> };
}

function sidsOf(window: Window | undefined): unknown[] | undefined {
  return window?.edges.map(({ node }) => node.sid);
}

const sizes = ({ upstreamRequests }: Answer<unknown>) =>
  upstreamRequests.map(({ query }) => query.get('PageSize'));

describe('windows of different size from the same position', () => {
  test('take one request for the largest, and each has its own size', async () => {
    const answer = await windows({
      three: 'first: 3',
      seven: 'first: 7',
      usual: 'first: 50',
      none: 'first: 0',
    });
    expect(sizes(answer)).toEqual(['50']);
    for (const [alias, length] of Object.entries({ three: 3, seven: 7, usual: 50, none: 0 })) {
      const window = answer.of[alias];
      expect(sidsOf(window)).toEqual(sids.slice(0, length));
      expect(window?.pageInfo).toEqual({
        hasNextPage: true,
        hasPreviousPage: false,
        startCursor: window?.edges.at(0)?.cursor ?? null,
        endCursor: window?.edges.at(-1)?.cursor ?? null,
      });
    }
  });

  test('have cursors that continue from the end of each', async () => {
    const { of } = await windows({ three: 'first: 3', seven: 'first: 7', usual: 'first: 50' });
    for (const [alias, length] of Object.entries({ three: 3, seven: 7, usual: 50 })) {
      const next = await fetchWindow(gateway, sid, {
        first: 4,
        after: of[alias]?.pageInfo.endCursor ?? null,
      });
      expect(sidsOf(next)).toEqual(sids.slice(length, length + 4));
    }
  });

  test('have separate values of hasNextPage, up to the end of the list', async () => {
    const answer = await windows({ most: 'first: 339', all: 'first: 340', more: 'first: 1000' });
    expect(sizes(answer)).toEqual(['1000']);
    expect(answer.of.most?.pageInfo.hasNextPage).toBe(true);
    expect(answer.of.all?.pageInfo.hasNextPage).toBe(false);
    expect(answer.of.more?.pageInfo.hasNextPage).toBe(false);
    expect(sidsOf(answer.of.more)).toEqual(sids);
  });

  test('are merged after a cursor and before a cursor too', async () => {
    const head = await fetchWindow(gateway, sid, { first: 30 });
    const after = JSON.stringify(cursorAt(head, 29));
    const behind = await windows({ two: `first: 2, after: ${after}`, more: `first: 25, after: ${after}` });
    expect(sizes(behind)).toEqual(['30']);
    expect(sidsOf(behind.of.two)).toEqual(sids.slice(30, 32));
    expect(sidsOf(behind.of.more)).toEqual(sids.slice(30, 55));

    const before = JSON.stringify(cursorAt(head, 20));
    const front = await windows({ one: `last: 1, before: ${before}`, nine: `last: 9, before: ${before}` });
    expect(front.upstreamRequests).toHaveLength(1);
    expect(sidsOf(front.of.one)).toEqual(sids.slice(19, 20));
    expect(sidsOf(front.of.nine)).toEqual(sids.slice(11, 20));
    expect(front.of.one?.pageInfo.hasPreviousPage).toBe(true);
  });
});

describe('the same window in several fields of an operation', () => {
  test('takes one request', async () => {
    const answer = await gateway.sendText(
      `query ($sid: ID!) { a: sim(sid: $sid) { ...W } b: sim(sid: $sid) { ...W again: dataSessions(first: 5) { ...C } } }
       fragment W on Sim { dataSessions(first: 5) { ...C } }
       fragment C on SimDataSessionsConnection { edges { cursor } }`,
      { sid },
    );
    expect(sizes(answer)).toEqual(['5']);
    const { a, b } = answer.data as Record<string, Record<string, unknown>>;
    expect(b?.again).toEqual(a?.dataSessions);
    expect(b?.dataSessions).toEqual(a?.dataSessions);
  });

  test('takes two requests if the windows start at different positions', async () => {
    const head = await fetchWindow(gateway, sid, { first: 10 });
    const answer = await windows({ head: 'first: 10', next: `first: 10, after: "${cursorAt(head, 9)}"` });
    expect(sizes(answer)).toEqual(['10', '10']);
  });
});
