import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WireRecord } from '../../src/sandbox/index.js';
import { SessionsPage } from '../support/documents.js';
import { startInstance, startTestGateway, type TestGateway } from '../support/gateway.js';
import { cursorAt, fetchWindow, nodesOf, requestsOf, walkForward } from '../support/windows.js';

let gateway: TestGateway;
let sid: string;
let other: string;

beforeEach(async () => {
  gateway = await startTestGateway();
  [sid = '', , other = ''] = gateway.sandbox.simSids;
});
afterEach(() => gateway.close());

/** Identity of a record in these lists: some have no SID, some no start. */
function known(records: readonly WireRecord[]) {
  return records.map(({ sid, start }) => ({
    sid,
    start: start === null ? null : new Date(String(start)).toISOString(),
  }));
}

function seen(windows: Parameters<typeof nodesOf>[0]) {
  return nodesOf(windows).map(({ sid, start }) => ({ sid, start }));
}

describe('forward pagination', () => {
  test('returns each record once, in upstream order, with windows of any size on each SIM', async () => {
    for (const sim of gateway.sandbox.simSids) {
      const windows = await walkForward(gateway, sim, [1, 70, 3, 500, 12]);
      expect(seen(windows)).toEqual(known(gateway.sandbox.sessions(sim)));
    }
  });

  test('is not affected by new records, nor by sessions that continue and end', async () => {
    for (const sim of [sid, gateway.sandbox.oddSimSid, gateway.sandbox.simSids[6] ?? '']) {
      const atStart = known(gateway.sandbox.sessions(sim));
      let step = 0;
      const windows = await walkForward(gateway, sim, [9, 40, 2, 300, 1], () => {
        step += 1;
        gateway.sandbox.insertAtHead(sim, step % 4);
        const changes = {
          packets_uploaded: step,
          end: '2026-11-24T01:00:00Z',
          last_updated: null,
          cell_id: '1',
        };
        gateway.sandbox.sessions(sim).forEach((_, index) => {
          gateway.sandbox.updateSession(sim, index, changes);
        });
      });
      expect(seen(windows)).toEqual(atStart);
      expect(gateway.sandbox.sessions(sim).length).toBeGreaterThan(atStart.length);
    }
  });

  test.each([7, 50, 100, 340, 1000])(
    'of 340 records in windows of %i takes one request for each window',
    async (n) => {
      const windows = await walkForward(gateway, sid, [n]);
      expect(windows).toHaveLength(Math.ceil(340 / n));
      expect(requestsOf(windows)).toBe(Math.ceil(340 / n));
    },
  );

  test('in windows of one record takes one request for each', async () => {
    const windows = await walkForward(gateway, gateway.sandbox.simSids[5] ?? '', [1]);
    expect(windows).toHaveLength(50);
    expect(requestsOf(windows)).toBe(50);
  });

  test('of thousands of records takes one request for each window', async () => {
    const windows = await walkForward(gateway, gateway.sandbox.simSids[7] ?? '', [1000]);
    expect(seen(windows)).toHaveLength(2500);
    expect(requestsOf(windows)).toBe(3);
  });

  test('ends on a full last window without another request', async () => {
    const window = await fetchWindow(gateway, gateway.sandbox.cleanSimSid, { first: 100 });
    expect(window.pageInfo.hasNextPage).toBe(false);
    expect(window.answer.upstreamRequests).toHaveLength(1);
  });
});

describe('a cursor', () => {
  test('of any edge continues from there, with at most one request more', async () => {
    const records = known(gateway.sandbox.sessions(sid));
    const second = await fetchWindow(gateway, sid, {
      first: 25,
      after: (await fetchWindow(gateway, sid, { first: 25 })).pageInfo.endCursor,
    });
    for (const index of [0, 1, 12, 23, 24]) {
      const window = await fetchWindow(gateway, sid, { first: 25, after: cursorAt(second, index) });
      expect(seen([window])).toEqual(records.slice(26 + index, 51 + index));
      expect(window.answer.upstreamRequests.length).toBeLessThanOrEqual(2);
    }
  });

  test('of a small window continues with a large one for the requests of a restart plus one', async () => {
    const crane = gateway.sandbox.simSids[7] ?? '';
    const records = known(gateway.sandbox.sessions(crane));
    let after: string | null = null;
    for (let step = 0; step < 5; step += 1) {
      after = (await fetchWindow(gateway, crane, { first: 10, after })).pageInfo.endCursor;
    }
    const window = await fetchWindow(gateway, crane, { first: 1000, after });
    expect(seen([window])).toEqual(records.slice(50, 1050));
    expect(window.answer.upstreamRequests.length).toBeLessThanOrEqual(3);
  });

  test('is valid on another instance, and after a restart', async () => {
    const { pageInfo } = await fetchWindow(gateway, sid, { first: 20 });
    const expected = known(gateway.sandbox.sessions(sid)).slice(20, 40);
    for (let instance = 0; instance < 2; instance += 1) {
      const another = await startInstance(gateway.sandbox);
      const window = await fetchWindow(another, sid, { first: 20, after: pageInfo.endCursor });
      expect(seen([window])).toEqual(expected);
      await another.close();
    }
  });

  const sentTo = async (env: Record<string, string>) => {
    const { pageInfo } = await fetchWindow(gateway, sid, { first: 20 });
    const stranger = await startInstance(gateway.sandbox, { env });
    const answer = await stranger.send(SessionsPage, { sid, after: pageInfo.endCursor });
    await stranger.close();
    expect(answer.upstreamPaths).toEqual([]);
    return answer.errors;
  };

  test('is expired with other credentials of the same account, without a request', async () => {
    const { apiKey, apiSecret } = gateway.sandbox.credentials;
    const errors = await sentTo({ TWILIO_API_KEY: apiKey, TWILIO_API_SECRET: apiSecret });
    expect(errors).toMatchObject([{ extensions: { code: 'CURSOR_EXPIRED' } }]);
  });

  test('is rejected with another account, without a request', async () => {
    const { apiKey, apiSecret } = gateway.sandbox.credentials;
    const other = {
      TWILIO_ACCOUNT_SID: '',
      TWILIO_AUTH_TOKEN: '',
      TWILIO_API_KEY: apiKey,
      TWILIO_API_SECRET: apiSecret,
    };
    expect(await sentTo(other)).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  test('contains no host, account or SID', async () => {
    const { edges } = await fetchWindow(gateway, sid, { first: 3 });
    const { accountSid, authToken } = gateway.sandbox.credentials;
    for (const { cursor } of edges) {
      const [version, ...parts] = cursor.split('.');
      const read = parts.map((part) => Buffer.from(part, 'base64url').toString('latin1')).join();
      for (const secret of ['http', '127.0.0.1', '/v1', 'DataSessions', sid, accountSid, authToken]) {
        expect(cursor + read).not.toContain(secret);
      }
      expect(version).toBe('w5');
    }
  });

  test('of another SIM is rejected without a request', async () => {
    const { edges } = await fetchWindow(gateway, sid, { first: 3 });
    for (const name of ['after', 'before']) {
      const answer = await gateway.send(SessionsPage, { sid: other, [name]: edges[1]?.cursor });
      expect(answer.errors).toMatchObject([
        { path: ['sim', 'dataSessions'], extensions: { code: 'BAD_USER_INPUT' } },
      ]);
      expect(answer.upstreamPaths).toEqual([]);
    }
  });

  test('that is damaged is rejected without a request', async () => {
    const { pageInfo } = await fetchWindow(gateway, sid, { first: 3 });
    const cursor = pageInfo.endCursor ?? '';
    const damaged = [...cursor].flatMap((letter, at) => {
      const inside = at > 4 && at < cursor.length - 25 && at % 5 !== 0;
      return inside ? [] : [cursor.slice(0, at) + (letter === 'A' ? 'B' : 'A') + cursor.slice(at + 1)];
    });
    damaged.push(`${cursor}A`, cursor.slice(0, -1), ` ${cursor}`, `${cursor}=`, cursor.toUpperCase());
    for (const text of damaged) {
      const answer = await gateway.send(SessionsPage, { sid, first: 3, after: text });
      expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
      expect(answer.upstreamPaths).toEqual([]);
    }
  });
});

describe.each(['twilio', 'kore'] as const)(
  'a cursor whose page token has expired at the %s upstream',
  (dialect) => {
    test('is CURSOR_EXPIRED, and the other fields have data', async () => {
      const expiring = await startTestGateway({ sandbox: { dialect } });
      const { pageInfo } = await fetchWindow(expiring, sid, { first: 20 });
      expiring.sandbox.expireTokens();
      const answer = await expiring.send(SessionsPage, { sid, first: 20, after: pageInfo.endCursor });
      expect(answer.status).toBe(200);
      expect(answer.data).toEqual({ sim: { sid, dataSessions: null } });
      expect(answer.errors).toMatchObject([
        { path: ['sim', 'dataSessions'], extensions: { code: 'CURSOR_EXPIRED' } },
      ]);
      expect(answer.upstreamRequests).toHaveLength(1);
      await expiring.close();
    });
  },
);
