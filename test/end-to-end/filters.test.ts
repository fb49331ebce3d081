import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WireRecord } from '../../src/sandbox/index.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { completed, type FilterInput, filters, passes, wireSessions } from '../support/sessions.js';

let gateway: TestGateway;
let sid: string;

beforeAll(async () => {
  gateway = await startTestGateway({ sandbox: { sims: 3 } });
  sid = gateway.sandbox.cleanSimSid;
});
afterAll(() => gateway.close());

const QUERY = `query ($sid: ID!, $filter: DataSessionFilter, $first: Int, $after: String, $last: Int, $before: String) {
  sim(sid: $sid) {
    dataSessions(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
      edges { cursor node { sid } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}`;

interface Connection {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly sid: string } }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

async function window(filter: FilterInput | null, args: Record<string, unknown>) {
  const answer = await gateway.sendText(QUERY, { sid, filter, ...args });
  const connection = (answer.data?.sim as { dataSessions: Connection | null } | null)?.dataSessions ?? null;
  return { connection, answer, sids: connection?.edges.map(({ node }) => node.sid) ?? [] };
}

const sidsOf = (records: readonly WireRecord[]) => records.map((record) => record.sid);
const manySessions = (maxLength: number) => fc.array(wireSessions, { maxLength });

/** Repeats few different sessions up to a length, so that lists of thousands are cheap to generate. */
const longLists = fc
  .tuple(fc.array(wireSessions, { minLength: 1, maxLength: 12 }), fc.nat(2600))
  .map(([kinds, length]) => Array.from({ length }, (_, index) => kinds[(index * 7) % kinds.length] ?? {}));

describe('a filter on sessions', () => {
  test('lets pass what it says, for any filter and any sessions', async () => {
    await fc.assert(
      fc.asyncProperty(manySessions(40), filters, async (wire, filter) => {
        const records = completed(sid, wire);
        gateway.sandbox.setSessions(sid, records);
        const { sids, answer } = await window(filter, { first: 1000 });
        expect(answer.errors).toBeUndefined();
        expect(sids).toEqual(sidsOf(records.filter((record) => passes(record, filter))));
      }),
      { numRuns: 150 },
    );
  });

  test('yields every match once and in order, in windows of any sizes, while sessions arrive and others change', async () => {
    const steps = fc.array(
      fc.record({ size: fc.integer({ min: 40, max: 700 }), arrived: fc.nat(3), changed: fc.nat(2600) }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(longLists, filters, steps, async (wire, filter, mix) => {
        const initial = completed(sid, wire);
        gateway.sandbox.setSessions(sid, initial);
        const changed = new Set<unknown>();
        const walked: unknown[] = [];
        let after: string | null = null;
        for (let step = 0; step < 100; step += 1) {
          const { size = 1, arrived = 0, changed: index = 0 } = mix[step % mix.length] ?? {};
          const { connection, sids, answer } = await window(filter, { first: size, after });
          expect(answer.errors).toBeUndefined();
          walked.push(...sids);
          if (connection?.pageInfo.hasNextPage !== true) break;
          expect(connection.pageInfo.endCursor).not.toBeNull();
          after = connection.pageInfo.endCursor;
          if (arrived > 0) {
            gateway.sandbox.insertAtHead(
              sid,
              completed(sid, Array(arrived).fill(wire[0] ?? {}), 10_000 + step * 10),
            );
          }
          const sessions = gateway.sandbox.sessions(sid);
          const session = sessions[index % Math.max(1, sessions.length)];
          if (session === undefined) continue;
          changed.add(session.sid);
          gateway.sandbox.updateSession(sid, sessions.indexOf(session), {
            end: '2026-11-25T00:00:00Z',
            packets_uploaded: 1,
          });
        }
        const stable = (records: readonly unknown[]) => records.filter((found) => !changed.has(found));
        expect(stable(walked)).toEqual(stable(sidsOf(initial.filter((record) => passes(record, filter)))));
        expect(new Set(walked).size).toBe(walked.length);
      }),
      { numRuns: 25 },
    );
  });

  test('yields the same backward as forward', async () => {
    await fc.assert(
      fc.asyncProperty(longLists, filters, fc.integer({ min: 40, max: 700 }), async (wire, filter, size) => {
        const records = completed(sid, wire);
        gateway.sandbox.setSessions(sid, records);
        const matching = sidsOf(records.filter((record) => passes(record, filter)));
        const walked: unknown[] = [];
        let before: string | null = null;
        for (let step = 0; step < 100; step += 1) {
          const { connection, sids, answer } = await window(filter, { last: size, before });
          expect(answer.errors).toBeUndefined();
          walked.unshift(...sids);
          if (connection?.pageInfo.hasPreviousPage !== true) break;
          before = connection.pageInfo.startCursor;
          expect(before).not.toBeNull();
        }
        expect(walked).toEqual(matching);
      }),
      { numRuns: 25 },
    );
  });

  test('reads pages of 1,000, and none again for the next window', async () => {
    const records = completed(
      sid,
      Array.from({ length: 2500 }, (_, index) => ({
        start: '2026-11-20T00:00:00Z',
        end: null,
        radio_link: index % 100 === 0 ? 'LTE' : '3G',
      })),
    );
    gateway.sandbox.setSessions(sid, records);
    const requests: number[] = [];
    let after: string | null = null;
    for (let step = 0; step < 3; step += 1) {
      const { connection, sids, answer } = await window({ radioLink: ['LTE'] }, { first: 10, after });
      expect(sids).toHaveLength(step < 2 ? 10 : 5);
      expect(connection?.pageInfo.hasNextPage).toBe(step < 2);
      requests.push(answer.upstreamRequests.length);
      for (const { query } of answer.upstreamRequests) expect(query.get('PageSize')).toBe('1000');
      after = connection?.pageInfo.endCursor ?? null;
    }
    expect(requests).toEqual([1, 1, 1]);
  });

  test('makes a short window that leads on when the page budget ends', async () => {
    const records = completed(
      sid,
      Array.from({ length: 26_500 }, (_, index) => ({
        start: null,
        radio_link: index === 26_400 ? 'LTE' : '3G',
      })),
    );
    gateway.sandbox.setSessions(sid, records);
    const first = await window({ radioLink: ['LTE'] }, { first: 5 });
    expect([first.sids, first.connection?.pageInfo.hasNextPage]).toEqual([[], true]);
    expect(first.answer.upstreamRequests).toHaveLength(25);
    const second = await window(
      { radioLink: ['LTE'] },
      { first: 5, after: first.connection?.pageInfo.endCursor },
    );
    expect([second.sids, second.connection?.pageInfo.hasNextPage]).toEqual([[records[26_400]?.sid], false]);
    expect(second.answer.upstreamRequests).toHaveLength(2);
  });

  test('binds cursors to itself: another filter rejects them before a request is sent', async () => {
    gateway.sandbox.setSessions(
      sid,
      completed(
        sid,
        Array.from({ length: 5 }, () => ({ start: '2026-11-20T00:00:00Z', end: null })),
      ),
    );
    const cursorOf = async (filter: FilterInput | null) =>
      (await window(filter, { first: 1 })).connection?.pageInfo.endCursor;
    const own = await cursorOf({ active: true, hasTraffic: false });
    const same = await window({ hasTraffic: false, active: true }, { first: 1, after: own });
    expect(same.sids).toHaveLength(1);
    for (const filter of [null, {}, { active: true }, { active: true, hasTraffic: false, radioLink: [] }]) {
      const { answer } = await window(filter, { first: 1, after: own });
      expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
      expect(answer.upstreamRequests).toEqual([]);
    }
    // An empty filter is none.
    const plain = await window(null, { first: 1 });
    const empty = await window({}, { first: 1, after: plain.connection?.pageInfo.endCursor });
    expect(empty.sids).toHaveLength(1);
  });

  test.each([
    [
      'a range that ends where it begins',
      { overlaps: { from: '2026-11-20T00:00:00Z', to: '2026-11-20T00:00:00Z' } },
    ],
    [
      'a start after the end',
      { startedAfter: '2026-11-21T00:00:00Z', startedBefore: '2026-11-20T00:00:00+01:00' },
    ],
    ['a date without a time', { startedAfter: '2026-11-20' }],
    ['a day that does not exist', { startedAfter: '2026-02-30T00:00:00Z' }],
    ['a negative duration', { minDurationSeconds: -1 }],
    ['a duration that is no integer', { minDurationSeconds: 1.5 }],
    ['an unknown field', { imei: ['1'] }],
  ])('is rejected with %s, before a request is sent', async (_what, filter) => {
    const { answer } = await window(filter as FilterInput, { first: 1 });
    expect(answer.errors?.map(({ extensions }) => extensions?.code)).toEqual(['BAD_USER_INPUT']);
    expect(answer.errors?.[0]?.message).toMatch(/[Ee]xpected|not defined/);
    expect(answer.upstreamRequests).toEqual([]);
  });
});
