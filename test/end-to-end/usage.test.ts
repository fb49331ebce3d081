import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WireRecord } from '../../src/sandbox/index.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.now();
const TODAY = Math.floor(NOW / DAY_MS) * DAY_MS;

let gateway: TestGateway;
let sid: string;

beforeAll(async () => {
  gateway = await startTestGateway({ sandbox: { now: new Date(NOW), sims: 5 } });
  sid = gateway.sandbox.cleanSimSid;
});
afterAll(() => gateway.close());

const iso = (time: number) => new Date(time).toISOString();
const wire = (time: number) => `${iso(time).slice(0, 19)}Z`;

const RECORDS = `query ($sid: ID!, $start: DateTime!, $end: DateTime!, $granularity: Granularity!, $first: Int, $after: String) {
  sim(sid: $sid) {
    usageRecords(first: $first, after: $after, start: $start, end: $end, granularity: $granularity) {
      nodes {
        id simSid accountSid granularity settled period { start end }
        data { upload download total units billed billingUnits
          home { total } nationalRoaming { total } internationalRoaming { countryCode total } }
        commands { fromSim toSim total billed billingUnits home { total } internationalRoaming { countryCode } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;

interface Node {
  readonly id: string;
  readonly settled: boolean;
  readonly period: { readonly start: string; readonly end: string };
  readonly data: { readonly total: number; readonly home: { readonly total: number } | null };
}

async function records(start: number, end: number, granularity: string, rest: Record<string, unknown> = {}) {
  const answer = await gateway.sendText(RECORDS, {
    sid,
    start: iso(start),
    end: iso(end),
    granularity,
    first: 1000,
    ...rest,
  });
  const connection = (
    answer.data?.sim as {
      usageRecords: { nodes: Node[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } } | null;
    } | null
  )?.usageRecords;
  return { nodes: connection?.nodes ?? [], pageInfo: connection?.pageInfo, answer };
}

const sum = (nodes: readonly Node[]) => nodes.reduce((total, { data }) => total + data.total, 0);

describe('usage records', () => {
  test('are requested with a range in UTC without milliseconds, both ends inclusive, and a granularity', async () => {
    const { nodes, answer } = await records(TODAY - 7 * DAY_MS, TODAY, 'DAILY');
    expect(nodes).toHaveLength(7);
    expect(
      answer.upstreamRequests.map(({ path, query }) => [
        path,
        ...['Start', 'End', 'Granularity'].map((name) => query.get(name)),
      ]),
    ).toEqual([[`/v1/Sims/${sid}/UsageRecords`, wire(TODAY - 7 * DAY_MS), wire(TODAY - 1000), 'daily']]);
  });

  test('of neighbouring ranges have each period once', async () => {
    const middle = TODAY - 3 * DAY_MS;
    const [early, late, whole] = [
      await records(TODAY - 7 * DAY_MS, middle, 'DAILY'),
      await records(middle, TODAY, 'DAILY'),
      await records(TODAY - 7 * DAY_MS, TODAY, 'DAILY'),
    ];
    expect([...late.nodes, ...early.nodes]).toEqual(whole.nodes);
    expect(new Set(whole.nodes.map(({ id }) => id)).size).toBe(7);
  });

  test.each([
    ['HOURLY', 60, 2, HOUR_MS],
    ['DAILY', 400, 5, DAY_MS],
  ])(
    'of a long range are %s records of %d days from %d requests, without one lost or doubled',
    async (granularity, days, requests, unit) => {
      const start = TODAY - days * DAY_MS;
      const starts: string[] = [];
      let upstream = 0;
      let after: string | null = null;
      for (;;) {
        const { nodes, pageInfo, answer } = await records(start, TODAY, granularity, { after });
        expect(answer.errors).toBeUndefined();
        starts.push(...nodes.map(({ period }) => period.start));
        upstream += answer.upstreamRequests.length;
        if (pageInfo?.hasNextPage !== true) break;
        after = pageInfo.endCursor;
      }
      const expected = Array.from({ length: (days * DAY_MS) / unit }, (_, index) =>
        iso(TODAY - (index + 1) * unit),
      );
      expect(starts).toEqual(expected);
      // A window of 1,000 can end within a request, which the next one repeats.
      expect(upstream).toBeLessThanOrEqual(requests + Math.floor(starts.length / 1000));
    },
  );

  test('are walked in windows of any size over the parts of a long range, forward and backward', async () => {
    const start = TODAY - 200 * DAY_MS;
    const whole = (await records(start, TODAY, 'DAILY')).nodes.map(({ id }) => id);
    expect(whole).toHaveLength(200);
    for (const first of [1, 7, 64, 90, 199]) {
      const ids: string[] = [];
      for (let after: string | null = null; ; ) {
        const { nodes, pageInfo } = await records(start, TODAY, 'DAILY', { first, after });
        ids.push(...nodes.map(({ id }) => id));
        if (pageInfo?.hasNextPage !== true) break;
        after = pageInfo.endCursor;
      }
      expect(ids, `first: ${first}`).toEqual(whole);
    }
    const backward = `query ($sid: ID!, $start: DateTime!, $end: DateTime!, $before: String) {
      sim(sid: $sid) { usageRecords(last: 45, before: $before, start: $start, end: $end) {
        nodes { id } pageInfo { hasPreviousPage startCursor } } }
    }`;
    const ids: string[] = [];
    for (let before: string | null = null; ; ) {
      const { data } = await gateway.sendText(backward, { sid, start: iso(start), end: iso(TODAY), before });
      const { nodes, pageInfo } = (
        data as {
          sim: {
            usageRecords: {
              nodes: { id: string }[];
              pageInfo: { hasPreviousPage: boolean; startCursor: string };
            };
          };
        }
      ).sim.usageRecords;
      ids.unshift(...nodes.map(({ id }) => id));
      if (!pageInfo.hasPreviousPage) break;
      before = pageInfo.startCursor;
    }
    expect(ids).toEqual(whole);
  });

  test('have cursors that are bound to the range and the granularity', async () => {
    const { pageInfo } = await records(TODAY - 7 * DAY_MS, TODAY, 'DAILY', { first: 2 });
    const after = pageInfo?.endCursor;
    for (const [start, end, granularity] of [
      [TODAY - 6 * DAY_MS, TODAY, 'DAILY'],
      [TODAY - 7 * DAY_MS, TODAY - DAY_MS, 'DAILY'],
      [TODAY - 7 * DAY_MS, TODAY, 'HOURLY'],
    ] as const) {
      const { answer } = await records(start, end, granularity, { after });
      expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
      expect(answer.upstreamRequests).toEqual([]);
    }
  });

  test('are settled 48 hours after their period', async () => {
    const { nodes } = await records(TODAY - 5 * DAY_MS, TODAY + DAY_MS, 'DAILY');
    expect(nodes).toHaveLength(6);
    for (const { settled, period } of nodes) {
      expect(settled, period.end).toBe(Date.parse(period.end) + 48 * HOUR_MS < Date.now());
    }
    expect(nodes.map(({ settled }) => settled)).toContain(false);
  });

  test('of hours add up to those of days, and these to the whole', async () => {
    const start = TODAY - 20 * DAY_MS;
    const [hours, days, whole] = [
      await records(start, TODAY, 'HOURLY'),
      await records(start, TODAY, 'DAILY'),
      await records(start, TODAY, 'ALL'),
    ];
    expect([hours.nodes.length, days.nodes.length, whole.nodes.length]).toEqual([480, 20, 1]);
    expect(sum(hours.nodes)).toBe(sum(days.nodes));
    expect(sum(days.nodes)).toBe(sum(whole.nodes));
  });

  test.each([
    [
      'a range that is older than 18 months',
      TODAY - 600 * DAY_MS,
      TODAY,
      'DAILY',
      'keeps usage for 18 months',
    ],
    ['a range that ends before it begins', TODAY, TODAY - DAY_MS, 'DAILY', 'expected a time after `start`'],
    ['a range without a day', TODAY + HOUR_MS, TODAY + 2 * HOUR_MS, 'DAILY', 'a finer granularity'],
  ])('are an error for %s, and no request', async (_what, start, end, granularity, message) => {
    const { answer } = await records(start, end, granularity);
    expect(answer.errors).toMatchObject([
      {
        path: ['sim', 'usageRecords'],
        message: expect.stringContaining(message),
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ]);
    expect(answer.upstreamRequests).toEqual([]);
  });

  test('of the account have no SIM, and other IDs than those of a SIM', async () => {
    const range = { start: iso(TODAY - 3 * DAY_MS), end: iso(TODAY) };
    const { data, errors, upstreamPaths } = await gateway.sendText(
      `query ($sid: ID!, $start: DateTime!, $end: DateTime!) {
        usageRecords(start: $start, end: $end) { nodes { id simSid accountSid data { total } } }
        sim(sid: $sid) { usageRecords(start: $start, end: $end) { nodes { id } } }
      }`,
      { sid, ...range },
    );
    expect(errors).toBeUndefined();
    const account = (data as { usageRecords: { nodes: { id: string; simSid: null }[] } }).usageRecords.nodes;
    const own = (data as { sim: { usageRecords: { nodes: { id: string }[] } } }).sim.usageRecords.nodes;
    expect(account.map(({ simSid }) => simSid)).toEqual([null, null, null]);
    expect(new Set([...account, ...own].map(({ id }) => id)).size).toBe(6);
    expect([...upstreamPaths].sort()).toEqual([`/v1/Sims/${sid}/UsageRecords`, '/v1/UsageRecords']);
  });
});

describe('usage', () => {
  const USAGE = `query ($sid: ID!, $start: DateTime!, $end: DateTime!) {
    sim(sid: $sid) { usage(start: $start, end: $end) { period { start end } data { total units } commands { total } settled } }
    usage(start: $start, end: $end) { data { total } settled }
  }`;

  test('is one request for a SIM and one for the account, whatever the range is', async () => {
    const range = { start: iso(TODAY - 500 * DAY_MS), end: iso(TODAY - 3 * DAY_MS) };
    const { data, errors, upstreamRequests } = await gateway.sendText(USAGE, { sid, ...range });
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({
      sim: { usage: { period: { start: range.start }, data: { units: 'bytes' }, settled: true } },
      usage: { settled: true },
    });
    expect(upstreamRequests.map(({ query }) => [query.get('Granularity'), query.get('End')])).toEqual([
      ['all', wire(TODAY - 3 * DAY_MS - 1000)],
      ['all', wire(TODAY - 3 * DAY_MS - 1000)],
    ]);
  });

  test('is null if the upstream has no record, and null with its SIM if there is no such SIM', async () => {
    const range = { start: iso(TODAY - 2 * DAY_MS), end: iso(TODAY) };
    gateway.sandbox.setRecords('/v1/UsageRecords', []);
    const { data } = await gateway.sendText(USAGE, { sid: `DE${'f'.repeat(32)}`, ...range });
    expect(data).toEqual({ sim: null, usage: null });
  });
});

describe('members of a usage record', () => {
  const start = wire(TODAY - 2 * DAY_MS);
  const usage = (record: WireRecord) => ({ period: { start, end: wire(TODAY - DAY_MS) }, ...record });
  const nulls = { upload: null, download: null, total: null, units: null, billed: null };
  const QUERY = `query ($start: DateTime!, $end: DateTime!) { usageRecords(start: $start, end: $end) { nodes {
    period { start end } settled
    data { upload download total units billed home { total } internationalRoaming { countryCode total } }
    commands { total }
  } } }`;

  async function ask(...wireRecords: readonly WireRecord[]) {
    gateway.sandbox.setRecords('/v1/UsageRecords', wireRecords);
    const { data, errors = [] } = await gateway.sendText(QUERY, {
      start: iso(TODAY - 3 * DAY_MS),
      end: iso(TODAY),
    });
    return {
      nodes: (data?.usageRecords as { nodes: Record<string, unknown>[] } | null)?.nodes,
      errors: errors.map(({ path = [], extensions }) => [path.slice(3).join('.'), extensions?.code]),
    };
  }

  test('are null where the upstream sends {} or null', async () => {
    const { nodes, errors } = await ask(
      usage({ data: {}, commands: null }),
      { data: null, commands: {}, period: {} },
      {},
    );
    expect(errors).toEqual([]);
    expect(nodes).toMatchObject([
      { data: null, commands: null, settled: false },
      { data: null, commands: null, period: null, settled: false },
      { data: null, commands: null, period: null, settled: false },
    ]);
  });

  test('are read from text, beyond 32 bits, and without home', async () => {
    const { nodes, errors } = await ask(
      usage({
        data: {
          upload: '17',
          download: 9_007_199_254_740_991,
          total: 4_294_967_297,
          billed: '0.35',
          home: null,
        },
      }),
      usage({
        data: {
          total: 1,
          home: { total: 1 },
          international_roaming: [{ country_code: 'FRA', total: '2' }, {}],
        },
      }),
    );
    expect(errors).toEqual([]);
    expect(nodes).toMatchObject([
      {
        data: {
          upload: 17,
          download: 9_007_199_254_740_991,
          total: 4_294_967_297,
          billed: 0.35,
          home: null,
          internationalRoaming: [],
        },
      },
      {
        data: {
          ...nulls,
          total: 1,
          home: { total: 1 },
          internationalRoaming: [
            { countryCode: 'FRA', total: 2 },
            { countryCode: null, total: null },
          ],
        },
      },
    ]);
  });

  test('that are malformed null their own field alone', async () => {
    const { nodes, errors } = await ask(
      usage({ data: { upload: 'many', total: 5, home: 7, billed: [] }, commands: 'none' }),
      { data: { total: 6 }, period: 'today' },
    );
    expect(nodes).toMatchObject([
      { data: { upload: null, total: 5, home: null, billed: null }, commands: null },
      { data: { total: 6 }, period: null, settled: false },
    ]);
    expect(errors.map(String).sort()).toEqual(
      ['commands', 'data.billed', 'data.home', 'data.upload', 'period'].map(
        (path) => `${path},UPSTREAM_BAD_RESPONSE`,
      ),
    );
  });
});

describe('a range that ends in the future', () => {
  const FAR = Date.parse('2100-01-01T00:00:00Z');

  test('takes the requests of its past, whichever way it is executed', async () => {
    for (let round = 0; round < 6; round += 1) {
      for (const end of [NOW + DAY_MS, FAR]) {
        const { data, errors, upstreamRequests } = await gateway.sendText(RECORDS, {
          sid,
          start: iso(TODAY - 2 * DAY_MS),
          end: iso(end),
          granularity: 'HOURLY',
          first: 5,
        });
        expect(errors).toBeUndefined();
        expect((data as { sim: { usageRecords: { nodes: unknown[] } } }).sim.usageRecords.nodes).toHaveLength(
          5,
        );
        expect(upstreamRequests).toHaveLength(1);
      }
    }
  });

  test('has one record of its whole, also if it is longer than the upstream keeps usage', async () => {
    const { data, errors } = await gateway.sendText(
      'query ($start: DateTime!, $end: DateTime!) { usage(start: $start, end: $end) { data { total } } }',
      { start: iso(TODAY - 500 * DAY_MS), end: iso(FAR) },
    );
    expect(errors).toBeUndefined();
    expect((data as { usage: { data: { total: number } } }).usage.data.total).toBeGreaterThan(0);
  });
});

test('usage records without a period have an id of their own in every part of a long range', async () => {
  const other = await startTestGateway({ sandbox: { now: new Date(NOW) } });
  try {
    const ids: string[] = [];
    for (const oddSid of other.sandbox.simSids) {
      const variables = {
        sid: oddSid,
        start: iso(TODAY - 80 * DAY_MS),
        end: iso(TODAY),
        granularity: 'HOURLY',
        first: 1000,
      };
      let after: string | null = null;
      do {
        const { data } = await other.sendText(RECORDS, { ...variables, after });
        const { nodes, pageInfo } = (
          data as {
            sim: { usageRecords: { nodes: Node[]; pageInfo: { hasNextPage: boolean; endCursor: string } } };
          }
        ).sim.usageRecords;
        ids.push(...nodes.map(({ id }) => id));
        after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
      } while (after !== null);
    }
    expect(new Set(ids).size).toBe(ids.length);
  } finally {
    await other.close();
  }
});

test.each([
  ['KORE’s', 'kore'],
  ['Twilio’s', 'twilio'],
] as const)('%s rate plans have the members that the vendor sends', async (_whose, dialect) => {
  const other = await startTestGateway({ sandbox: { dialect } });
  try {
    const { data, errors } = await other.sendText(
      '{ ratePlans(first: 1) { nodes { dataLimit dataLimitStrategy usageNotificationUrl usageNotificationMethod internationalRoaming } } }',
    );
    expect(errors).toBeUndefined();
    const [plan] = (data as { ratePlans: { nodes: Record<string, unknown>[] } }).ratePlans.nodes;
    expect(plan?.dataLimitStrategy === null).toBe(dialect === 'twilio');
  } finally {
    await other.close();
  }
});
