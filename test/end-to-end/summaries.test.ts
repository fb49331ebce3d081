import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WireRecord } from '../../src/sandbox/index.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { completed, durationOf, filters, passes, sessionOf, wireSessions } from '../support/sessions.js';

let gateway: TestGateway;
let sid: string;

beforeAll(async () => {
  gateway = await startTestGateway({ sandbox: { sims: 60 } });
  sid = gateway.sandbox.cleanSimSid;
});
afterAll(() => gateway.close());

async function ask(query: string, variables: Record<string, unknown> = {}) {
  const answer = await gateway.sendText(query, { sid, ...variables });
  expect(answer.errors).toBeUndefined();
  return { data: answer.data as Record<string, unknown>, paths: answer.upstreamPaths, answer };
}

const GROUPS = `query ($sid: ID!, $by: [DataSessionDimension!]!, $filter: DataSessionFilter, $timeZone: String!) {
  sim(sid: $sid) {
    dataSessionGroups(by: $by, filter: $filter, timeZone: $timeZone) {
      precision
      groups {
        dimensions { day hour operatorName operatorMcc operatorMnc operatorCountry radioLink }
        count openCount zeroPacketCount packetsUploaded packetsDownloaded durationSeconds firstStart lastUpdated
      }
    }
  }
}`;

const DIMENSIONS = ['DAY', 'HOUR', 'OPERATOR', 'COUNTRY', 'RADIO_LINK'] as const;
type DimensionName = (typeof DIMENSIONS)[number];

/** The local date and hour of an instant, by `Intl` alone. */
function clockOf(timeZone: string, time: number): { day: string; minute: number } {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    minute: '2-digit',
  }).formatToParts(time);
  const part = (type: string) => parts.find((found) => found.type === type)?.value ?? '';
  return { day: `${part('year')}-${part('month')}-${part('day')}`, minute: Number(part('minute')) };
}

/** The dimensions of a session, computed apart from the gateway. */
function dimensionsOf(record: WireRecord, by: readonly DimensionName[], timeZone: string) {
  const { start, text } = sessionOf(record);
  const clock = start === null ? null : clockOf(timeZone, start);
  const only = (name: DimensionName, value: string | null) => (by.includes(name) ? value : null);
  return {
    day: only('DAY', clock?.day ?? null),
    hour: only(
      'HOUR',
      start === null || clock === null
        ? null
        : new Date(Math.floor(start / 60_000) * 60_000 - clock.minute * 60_000).toISOString(),
    ),
    operatorName: only('OPERATOR', text('operator_name')),
    operatorMcc: only('OPERATOR', text('operator_mcc')),
    operatorMnc: only('OPERATOR', text('operator_mnc')),
    operatorCountry: only('COUNTRY', text('operator_country')),
    radioLink: only('RADIO_LINK', text('radio_link')),
  };
}

const iso = (times: readonly number[], pick: (...values: number[]) => number) =>
  times.length === 0 ? null : new Date(pick(...times)).toISOString();
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const known = <T>(values: readonly (T | null)[]) => values.filter((value) => value !== null);

function groupsOf(records: readonly WireRecord[], by: readonly DimensionName[], timeZone: string) {
  const groups = new Map<string, WireRecord[]>();
  for (const record of records) {
    const key = JSON.stringify(dimensionsOf(record, by, timeZone));
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return [...groups].map(([key, members]) => {
    const sessions = members.map(sessionOf);
    return {
      dimensions: JSON.parse(key),
      count: sessions.length,
      openCount: sessions.filter(({ end }) => end === null).length,
      zeroPacketCount: sessions.filter(({ uploaded, downloaded }) => uploaded + downloaded === 0).length,
      packetsUploaded: sum(sessions.map(({ uploaded }) => uploaded)),
      packetsDownloaded: sum(sessions.map(({ downloaded }) => downloaded)),
      durationSeconds: sum(sessions.map((session) => durationOf(session) ?? 0)),
      firstStart: iso(known(sessions.map(({ start }) => start)), Math.min),
      lastUpdated: iso(known(sessions.map(({ lastUpdated }) => lastUpdated)), Math.max),
    };
  });
}

const sorted = (groups: readonly object[]) => groups.map((group) => JSON.stringify(group)).sort();

describe('groups of sessions', () => {
  test('have the sums of their sessions, by any dimensions, in any time zone, with any filter', async () => {
    const zones = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kolkata',
      'Pacific/Chatham',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(wireSessions, { maxLength: 40 }),
        fc.subarray([...DIMENSIONS], { minLength: 1 }),
        zones,
        fc.option(filters),
        async (wire, by, timeZone, filter) => {
          const records = completed(sid, wire);
          gateway.sandbox.setSessions(sid, records);
          const { data } = await ask(GROUPS, { by, timeZone, filter });
          const { groups, precision } = (
            data.sim as { dataSessionGroups: { groups: object[]; precision: string } }
          ).dataSessionGroups;
          const matching = records.filter((record) => filter === null || passes(record, filter));
          expect(sorted(groups)).toEqual(sorted(groupsOf(matching, by, timeZone)));
          expect(precision).toBe('EXACT');
        },
      ),
      { numRuns: 120 },
    );
  });

  test('are ordered by their dimensions, the unknown ones last', async () => {
    const at = (start: string | null, country: string | null) => ({
      start,
      end: null,
      operator_country: country,
    });
    gateway.sandbox.setSessions(
      sid,
      completed(sid, [
        at('2026-11-21T00:00:00Z', 'USA'),
        at(null, 'DEU'),
        at('2026-11-20T00:00:00Z', null),
        at('2026-11-20T00:00:00Z', 'USA'),
        at('2026-11-20T00:00:00Z', 'DEU'),
      ]),
    );
    const { data } = await ask(GROUPS, { by: ['DAY', 'COUNTRY'], timeZone: 'UTC' });
    const { groups } = (
      data.sim as {
        dataSessionGroups: { groups: { dimensions: { day: string; operatorCountry: string } }[] };
      }
    ).dataSessionGroups;
    expect(groups.map(({ dimensions: { day, operatorCountry } }) => [day, operatorCountry])).toEqual([
      ['2026-11-20', 'DEU'],
      ['2026-11-20', 'USA'],
      ['2026-11-20', null],
      ['2026-11-21', 'USA'],
      [null, 'DEU'],
    ]);
  });

  test('have days of 23 and 25 hours', async () => {
    const hourly = (from: string, hours: number) =>
      Array.from({ length: hours }, (_, hour) => ({
        start: `${new Date(Date.parse(from) + hour * 3_600_000).toISOString().slice(0, 19)}Z`,
        end: null,
      }));
    gateway.sandbox.setSessions(
      sid,
      completed(sid, [...hourly('2026-10-24T22:00:00Z', 27), ...hourly('2026-03-28T23:00:00Z', 24)]),
    );
    const { data } = await ask(GROUPS, { by: ['DAY'], timeZone: 'Europe/Berlin' });
    const { groups } = (
      data.sim as { dataSessionGroups: { groups: { dimensions: { day: string }; count: number }[] } }
    ).dataSessionGroups;
    expect(groups.map(({ dimensions, count }) => [dimensions.day, count])).toEqual([
      ['2026-03-29', 23],
      ['2026-03-30', 1],
      ['2026-10-25', 25],
      ['2026-10-26', 2],
    ]);
  });

  test('report a sum above 2^53 - 1 as an error at its field', async () => {
    const large = {
      start: null,
      end: null,
      packets_uploaded: Number.MAX_SAFE_INTEGER,
      packets_downloaded: 1,
    };
    gateway.sandbox.setSessions(sid, completed(sid, [large, large]));
    const { data, errors } = await gateway.sendText(GROUPS, { sid, by: ['COUNTRY'], timeZone: 'UTC' });
    expect(data).toEqual({ sim: { dataSessionGroups: null } });
    expect(errors).toMatchObject([
      {
        path: ['sim', 'dataSessionGroups', 'groups', 0, 'packetsUploaded'],
        message: expect.stringContaining('exceeds 9007199254740991'),
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ]);
  });

  test.each([
    ['an unknown time zone', { by: ['DAY'], timeZone: 'Mars/Base' }, 'expected an IANA name'],
    ['no dimension', { by: [], timeZone: 'UTC' }, 'expected at least one dimension'],
  ])('are rejected with %s, before a request is sent', async (_what, variables, message) => {
    const { errors, upstreamRequests } = await gateway.sendText(GROUPS, { sid, ...variables });
    expect(errors).toMatchObject([
      { message: expect.stringContaining(message), extensions: { code: 'BAD_USER_INPUT' } },
    ]);
    expect(upstreamRequests).toEqual([]);
  });
});

describe('counts', () => {
  test('are exact, or at least the limit', async () => {
    gateway.sandbox.setSessions(
      sid,
      completed(
        sid,
        Array.from({ length: 2500 }, (_, index) => ({
          start: null,
          end: index % 2 === 0 ? null : '2026-11-20T00:00:00Z',
        })),
      ),
    );
    const { data, paths } = await ask(`query ($sid: ID!) {
      sim(sid: $sid) {
        all: dataSessionsCount { count precision }
        open: dataSessionsCount(filter: { active: true }) { count precision }
        limited: dataSessionsCount(limit: 100) { count precision }
        enough: dataSessionsCount(filter: { active: true }, limit: 1250) { count precision }
        page: dataSessionsCount(limit: 1000) { count precision }
      }
    }`);
    expect(data.sim).toEqual({
      all: { count: 2500, precision: 'EXACT' },
      open: { count: 1250, precision: 'EXACT' },
      limited: { count: 100, precision: 'AT_LEAST' },
      enough: { count: 1250, precision: 'EXACT' },
      page: { count: 1000, precision: 'AT_LEAST' },
    });
    expect(paths).toHaveLength(3);
  });

  test('with a limit read no page more than they need', async () => {
    const { data, paths } = await ask(
      'query ($sid: ID!) { sim(sid: $sid) { dataSessionsCount(limit: 1000) { count precision } } }',
    );
    expect(data.sim).toEqual({ dataSessionsCount: { count: 1000, precision: 'AT_LEAST' } });
    expect(paths).toHaveLength(1);
  });

  test('of SIMs are by status and rate plan, as the upstream filters them', async () => {
    const { data, paths } = await ask(
      '{ simsCount { count precision } active: simsCount(status: ACTIVE) { count } none: simsCount(ratePlan: "nobody") { count precision } }',
    );
    const active = gateway.sandbox.sims.filter(({ status }) => status === 'active').length;
    expect(data).toEqual({
      simsCount: { count: 60, precision: 'EXACT' },
      active: { count: active },
      none: { count: 0, precision: 'EXACT' },
    });
    expect(paths).toHaveLength(3);
  });

  test.each([0, -1])('are rejected with the limit %d', async (limit) => {
    const { errors, upstreamRequests } = await gateway.sendText(`{ simsCount(limit: ${limit}) { count } }`);
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(upstreamRequests).toEqual([]);
  });

  test('are null with their SIM if the upstream does not know it', async () => {
    const { data } = await ask(
      'query ($sid: ID!) { sim(sid: $sid) { dataSessionsCount { count } connectivity { state } } }',
      {
        sid: `DE${'f'.repeat(32)}`,
      },
    );
    expect(data).toEqual({ sim: null });
  });
});

test('counts, groups and filtered windows of a SIM share one walk', async () => {
  gateway.sandbox.setSessions(
    sid,
    completed(
      sid,
      Array.from({ length: 2500 }, (_, index) => ({
        start: '2026-11-20T00:00:00Z',
        end: null,
        radio_link: index > 2400 ? 'LTE' : '3G',
      })),
    ),
  );
  const { data, paths } = await ask(`query ($sid: ID!) {
    sim(sid: $sid) {
      byDay: dataSessionGroups(by: [DAY]) { groups { count } }
      byHour: dataSessionGroups(by: [HOUR], timeZone: "Asia/Tokyo") { groups { count } }
      lte: dataSessionGroups(by: [COUNTRY], filter: { radioLink: ["LTE"] }) { groups { count } }
      all: dataSessionsCount { count }
      some: dataSessionsCount(filter: { radioLink: ["3G"] }) { count }
      first: dataSessions(first: 3, filter: { radioLink: ["LTE"] }) { nodes { radioLink } }
      second: dataSessions(first: 3, filter: { radioLink: ["3G"] }) { nodes { radioLink } }
    }
  }`);
  expect(data.sim).toMatchObject({
    byDay: { groups: [{ count: 2500 }] },
    byHour: { groups: [{ count: 2500 }] },
    lte: { groups: [{ count: 99 }] },
    all: { count: 2500 },
    some: { count: 2401 },
    first: { nodes: [{ radioLink: 'LTE' }, { radioLink: 'LTE' }, { radioLink: 'LTE' }] },
  });
  expect(paths).toHaveLength(3);
});

describe('connectivity', () => {
  const CONNECTIVITY = `query ($sid: ID!) { sim(sid: $sid) { connectivity { state since asOf session { sid sim { sid } } } } }`;
  const at = (start: string | null, end: unknown) => ({ start, end });
  const [early, middle, late] = ['2026-11-20T00:00:00Z', '2026-11-21T00:00:00Z', '2026-11-22T00:00:00Z'];
  const full = (iso: string | undefined) => (iso === undefined ? null : `${iso.slice(0, 19)}.000Z`);

  test.each([
    [
      'online since the start of the open session',
      [at(late, null), at(early, middle)],
      'ONLINE',
      full(late),
      0,
    ],
    [
      'online with the latest of several open sessions',
      [at(early, null), at(late, null)],
      'ONLINE',
      full(late),
      1,
    ],
    ['online without a known start', [at(null, null)], 'ONLINE', null, 0],
    ['offline since the last end', [at(middle, late), at(early, middle)], 'OFFLINE', full(late), 0],
    ['unknown without sessions', [], 'UNKNOWN', null, null],
    ['unknown if an end is malformed', [at(late, 7), at(early, middle)], 'UNKNOWN', null, null],
  ])('is %s', async (_what, wire, state, since, session) => {
    const records = completed(sid, wire);
    gateway.sandbox.setSessions(sid, records);
    const before = Date.now();
    const { data, paths } = await ask(CONNECTIVITY);
    const { connectivity } = data.sim as { connectivity: { asOf: string } };
    expect(connectivity).toMatchObject({
      state,
      since,
      session: session === null ? null : { sid: records[session]?.sid, sim: { sid } },
    });
    expect(Date.parse(connectivity.asOf)).toBeGreaterThanOrEqual(before - 1000);
    expect(Date.parse(connectivity.asOf)).toBeLessThanOrEqual(Date.now());
    expect(paths).toHaveLength(1);
  });

  test('is unknown if more sessions follow a first page that is not in the order of starts', async () => {
    const wire = Array.from({ length: 60 }, (_, index) => at(index === 10 ? late : early, middle));
    gateway.sandbox.setSessions(sid, completed(sid, wire));
    expect((await ask(CONNECTIVITY)).data.sim).toMatchObject({ connectivity: { state: 'UNKNOWN' } });
    gateway.sandbox.setSessions(sid, completed(sid, wire.slice(0, 20)));
    expect((await ask(CONNECTIVITY)).data.sim).toMatchObject({ connectivity: { state: 'OFFLINE' } });
  });

  test('shares its request with the sessions that are listed beside it', async () => {
    const { paths } = await ask(
      '{ sims(first: 20) { nodes { connectivity { state } dataSessions(first: 1) { nodes { start } } } } }',
    );
    expect(paths).toHaveLength(21);
  });
});

test('limits take no request', async () => {
  const { data, paths } = await ask(`{
    limits {
      dataSessions { retentionDays }
      usageRecords { retentionMonths maxHourlyDays maxDailyMonths settledAfterHours }
      commands { retentionDays }
    }
  }`);
  expect(data).toEqual({
    limits: {
      dataSessions: { retentionDays: 30 },
      usageRecords: { retentionMonths: 18, maxHourlyDays: 31, maxDailyMonths: 3, settledAfterHours: 48 },
      commands: { retentionDays: 30 },
    },
  });
  expect(paths).toEqual([]);
});

test('walks below a list of SIMs share what the limit leaves, and the operation is rejected if that is not enough', async () => {
  const limited = await startTestGateway({ sandbox: { sims: 20 }, env: { MAX_UPSTREAM_REQUESTS: '50' } });
  try {
    for (const simSid of limited.sandbox.simSids) {
      limited.sandbox.setSessions(
        simSid,
        completed(
          simSid,
          Array.from({ length: 5000 }, () => ({ start: null, end: null })),
        ),
      );
    }
    const counts = (first: number) =>
      `{ sims(first: ${first}) { nodes { dataSessionsCount { count precision } } } }`;
    for (let run = 0; run < 6; run += 1) {
      const { data, upstreamRequests } = await limited.sendText(counts(10));
      const { sims } = data as { sims: { nodes: object[] } };
      expect(sims.nodes).toEqual(
        Array(10).fill({ dataSessionsCount: { count: 4000, precision: 'AT_LEAST' } }),
      );
      expect(upstreamRequests).toHaveLength(41);
    }
    const { status, errors, upstreamRequests } = await limited.sendText(counts(50));
    expect([status, upstreamRequests]).toEqual([400, []]);
    expect(errors?.[0]?.message).toMatch(/51 .*50/);
  } finally {
    await limited.close();
  }
});
