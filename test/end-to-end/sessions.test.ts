import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WireRecord } from '../../src/sandbox/index.js';
import type { WholeSessionsQuery } from '../graphql/graphql.js';
import { WholeSessions } from '../support/documents.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { nodesOf, walkForward } from '../support/windows.js';

type Session = NonNullable<NonNullable<WholeSessionsQuery['sim']>['dataSessions']>['edges'][number]['node'];

let gateway: TestGateway;
/** All sessions of the account by SIM, as the gateway returns them. */
const told = new Map<string, Session[]>();
beforeAll(async () => {
  gateway = await startTestGateway();
  for (const sid of gateway.sandbox.simSids) told.set(sid, await sessionsOf(sid));
});
afterAll(() => gateway.close());

/** All sessions of a SIM with all fields. */
async function sessionsOf(sid: string): Promise<Session[]> {
  const sessions: Session[] = [];
  for (let after: string | null = null; ; ) {
    const { data, errors }: Awaited<ReturnType<typeof page>> = await page(sid, after);
    expect(errors).toBeUndefined();
    const window = data?.sim?.dataSessions;
    if (!window) throw new Error(`no sessions of ${sid}`);
    sessions.push(...window.edges.map(({ node }) => node));
    if (!window.pageInfo.hasNextPage) return sessions;
    after = window.pageInfo.endCursor;
  }
}

function page(sid: string, after: string | null) {
  return gateway.send(WholeSessions, { sid, first: 1000, after });
}

const text = (value: unknown) =>
  value === undefined || value === null || value === '' ? null : String(value);
const count = (value: unknown) => value ?? null;
const instant = (value: unknown) => (typeof value === 'string' ? new Date(value).toISOString() : null);
const isPlace = (value: unknown) => typeof value === 'object' && value !== null && 'lat' in value;

/** Expected fields of a record, derived from its JSON only. */
function expected(record: WireRecord) {
  const { start, end } = record;
  const seconds = (Date.parse(String(end)) - Date.parse(String(start))) / 1000;
  return {
    sid: text(record.sid),
    simSid: text(record.sim_sid),
    accountSid: text(record.account_sid),
    radioLink: text(record.radio_link),
    operatorMcc: text(record.operator_mcc),
    operatorMnc: text(record.operator_mnc),
    operatorCountry: text(record.operator_country),
    operatorName: text(record.operator_name),
    cellId: text(record.cell_id),
    cellLocationEstimate: isPlace(record.cell_location_estimate) ? record.cell_location_estimate : null,
    packetsUploaded: count(record.packets_uploaded),
    packetsDownloaded: count(record.packets_downloaded),
    lastUpdated: instant(record.last_updated),
    start: instant(start),
    end: instant(end),
    imei: text(record.imei),
    active: end === null,
    durationSeconds: start === null || end === null ? null : seconds,
  };
}

test('each field of each session of each SIM has the value of the upstream', () => {
  for (const [sid, sessions] of told) {
    expect(sessions.map(({ id: _, ...fields }) => fields)).toEqual(
      gateway.sandbox.sessions(sid).map(expected),
    );
  }
  expect(told.size).toBe(25);
});

test('the sessions include all data quirks of the upstream', () => {
  const odd = told.get(gateway.sandbox.oddSimSid);
  const some = (matches: (session: Session) => boolean) => odd?.some(matches);
  expect(some(({ sid }) => sid === null)).toBe(true);
  expect(some(({ start }) => start === null)).toBe(true);
  expect(some(({ end, active }) => end === null && active === true)).toBe(true);
  expect(some(({ packetsUploaded }) => (packetsUploaded ?? 0) > 2 ** 32)).toBe(true);
  expect(some(({ packetsDownloaded }) => packetsDownloaded === Number.MAX_SAFE_INTEGER)).toBe(true);
  expect(some(({ operatorMcc }) => operatorMcc === '001')).toBe(true);
  expect(some(({ operatorMcc, operatorMnc }) => operatorMcc === '310' && operatorMnc === '4')).toBe(true);
  expect(some(({ cellLocationEstimate }) => cellLocationEstimate === null)).toBe(true);
  expect(some(({ operatorName }) => operatorName === null)).toBe(true);
});

describe('the ID of a session', () => {
  test('is unique in the account', () => {
    const ids = [...told.values()].flat().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('is the same in each response and window, even without a SID', async () => {
    for (const sid of [gateway.sandbox.oddSimSid, gateway.sandbox.simSids[0] ?? '']) {
      const once = told.get(sid)?.map(({ id }) => id);
      for (const sizes of [[1], [7], [50, 3]]) {
        const again = nodesOf(await walkForward(gateway, sid, sizes)).map(({ id }) => id);
        expect(again).toEqual(once);
      }
    }
  });

  test('does not change while the session continues and ends, and others start', async () => {
    const sid = gateway.sandbox.oddSimSid;
    const records = gateway.sandbox.sessions(sid);
    const before = told.get(sid)?.map(({ id }) => id);
    records.forEach((_, index) => {
      const changes = {
        packets_uploaded: 5,
        last_updated: '2026-11-24T01:00:00Z',
        cell_id: '17',
        end: '2026-11-24T01:00:00Z',
      };
      gateway.sandbox.updateSession(sid, index, changes);
    });
    gateway.sandbox.insertAtHead(sid, 3);
    const after = (await sessionsOf(sid)).map(({ id }) => id);
    expect(after.slice(3)).toEqual(before);
  });

  test('distinguishes sessions with the same fingerprint', async () => {
    const twin = { ...gateway.sandbox.sessions(gateway.sandbox.cleanSimSid)[0], sid: null };
    const sid = gateway.sandbox.addSim({}, [twin, twin, twin]).sid;
    const ids = (await sessionsOf(sid)).map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    for (const sizes of [[1], [2], [1, 2]]) {
      expect(nodesOf(await walkForward(gateway, sid, sizes)).map(({ id }) => id)).toEqual(ids);
    }
  });
});
