import { afterEach, describe, expect, it } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox, type WireRecord } from '../../src/sandbox/index.js';
import { get as request } from './client.js';

const DAY = 'Start=2026-11-22T00:00:00Z&End=2026-11-22T23:59:59Z';

let sandbox: Sandbox;
afterEach(() => sandbox.close());

async function start(
  options: SandboxOptions = {},
): Promise<(query: string, path?: string) => Promise<Answer>> {
  sandbox = await startSandbox({ sims: 4, ...options });
  const sid = sandbox.cleanSimSid;
  return async (query, path = `/v1/Sims/${sid}/UsageRecords`) => {
    const response = await request(sandbox, `${path}?${query}`);
    const body = (await response.json()) as { usage_records?: WireRecord[]; code?: number };
    return { status: response.status, code: body.code ?? null, records: body.usage_records ?? [] };
  };
}

interface Answer {
  readonly status: number;
  readonly code: number | null;
  readonly records: readonly WireRecord[];
}

const totalOf = (records: readonly WireRecord[]) =>
  records.reduce((total, { data }) => total + Number((data as { total?: unknown } | null)?.total ?? 0), 0);
const startsOf = (records: readonly WireRecord[]) =>
  records.map(({ period }) => (period as { start: string }).start);

describe('usage of a SIM', () => {
  it('has the periods that begin in the range, both ends inclusive, the newest first', async () => {
    const get = await start({ usageRanges: 'any' });
    const { records } = await get('Start=2026-11-20T00:00:00Z&End=2026-11-22T00:00:00Z&Granularity=daily');
    expect(startsOf(records)).toEqual([
      '2026-11-22T00:00:00Z',
      '2026-11-21T00:00:00Z',
      '2026-11-20T00:00:00Z',
    ]);
  });

  it('adds up: hours to a day, days to the whole, home and roaming to the total', async () => {
    const get = await start();
    const [hours, days, whole] = [
      await get(`${DAY}&Granularity=hourly`),
      await get(`${DAY}&Granularity=daily`),
      await get(`${DAY}&Granularity=all`),
    ];
    expect([hours.records.length, days.records.length, whole.records.length]).toEqual([24, 1, 1]);
    expect(totalOf(hours.records)).toBe(totalOf(days.records));
    expect(totalOf(days.records)).toBe(totalOf(whole.records));
    for (const { data } of hours.records) {
      const { total, home, national_roaming, international_roaming } = data as Record<string, unknown>;
      const part = (value: unknown) => Number((value as { total?: number } | null)?.total ?? 0);
      const everywhere = [home, national_roaming, ...(international_roaming as unknown[])];
      expect(everywhere.map(part).reduce((a, b) => a + b, 0)).toBe(total);
      if (total === 0) expect([home, national_roaming]).toEqual([null, null]);
    }
  });

  it('is the same on each start, and not beyond the time of the data', async () => {
    const get = await start();
    const query = 'Start=2026-11-23T00:00:00Z&End=2026-11-25T23:59:59Z&Granularity=daily';
    const first = await get(query);
    expect(startsOf(first.records)).toEqual(['2026-11-23T00:00:00Z']);
    await sandbox.close();
    expect((await (await start())(query)).records).toEqual(first.records);
  });

  it('is of the last month as a whole if no range is given', async () => {
    const get = await start();
    const { records } = await get('');
    expect(records.map(({ period }) => period)).toEqual([
      { start: '2026-10-24T00:00:00Z', end: '2026-11-24T00:00:00Z' },
    ]);
  });
});

describe('usage of the account', () => {
  it('is the sum of its SIMs, without a SIM', async () => {
    const get = await start();
    const { records } = await get(`${DAY}&Granularity=daily`, '/v1/UsageRecords');
    const own = await Promise.all(
      sandbox.simSids.map((sid) => get(`${DAY}&Granularity=daily`, `/v1/Sims/${sid}/UsageRecords`)),
    );
    expect(totalOf(records)).toBe(own.reduce((total, answer) => total + totalOf(answer.records), 0));
    expect(Object.keys(records[0] ?? {})).not.toContain('sim_sid');
  });

  it.each([
    ['refused', 400],
    ['vendor', 200],
  ] as const)('without a range is %s', async (accountUsageDefaults, status) => {
    const get = await start({ accountUsageDefaults });
    expect((await get('', '/v1/UsageRecords')).status).toBe(status);
  });
});

describe('what nobody documents', () => {
  it.each([
    [
      'days that are not aligned',
      'Start=2026-11-20T01:00:00Z&End=2026-11-21T23:59:59Z&Granularity=daily',
      83601,
    ],
    [
      'hours that are not aligned',
      'Start=2026-11-20T01:30:00Z&End=2026-11-21T23:59:59Z&Granularity=hourly',
      83602,
    ],
    [
      'more than 31 days by the hour',
      'Start=2026-10-20T00:00:00Z&End=2026-11-21T23:59:59Z&Granularity=hourly',
      83604,
    ],
    [
      'more than 3 months by the day',
      'Start=2026-08-20T00:00:00Z&End=2026-11-21T23:59:59Z&Granularity=daily',
      83604,
    ],
    [
      'more than 18 months ago',
      'Start=2025-05-23T00:00:00Z&End=2025-06-21T23:59:59Z&Granularity=daily',
      83605,
    ],
  ])('is whether ranges are enforced: %s', async (_what, query, code) => {
    expect(await (await start())(query)).toMatchObject({ status: 400, code });
    await sandbox.close();
    expect(await (await start({ usageRanges: 'any' }))(query)).toMatchObject({ status: 200 });
  });

  it('is how periods without usage come', async () => {
    const query = `${DAY}&Granularity=hourly`;
    const zero = (await (await start())(query)).records;
    await sandbox.close();
    const omitted = (await (await start({ emptyBuckets: 'omitted' }))(query)).records;
    await sandbox.close();
    const braces = (await (await start({ emptyBuckets: 'braces' }))(query)).records;
    const empty = zero.filter(({ data }) => (data as { total: number }).total === 0);
    expect(empty.length).toBeGreaterThan(0);
    expect([zero.length, omitted.length, braces.length]).toEqual([24, 24 - empty.length, 24]);
    expect(braces.filter(({ data }) => JSON.stringify(data) === '{}')).toHaveLength(empty.length);
  });

  it('is when amounts are billed', async () => {
    const query = 'Start=2026-11-20T00:00:00Z&End=2026-11-23T23:59:59Z&Granularity=daily';
    const billed = ({ records }: Answer) => records.map(({ data }) => (data as { billed: number }).billed);
    const atOnce = billed(await (await start())(query));
    await sandbox.close();
    const late = billed(await (await start({ billedLagHours: 36 }))(query));
    expect(Math.max(...atOnce.slice(0, 2))).toBeGreaterThan(0);
    expect(late).toEqual([0, 0, ...atOnce.slice(2)]);
  });
});

it('records that were put at the path of usage are those of the range, and those without a period', async () => {
  const get = await start();
  const sid = sandbox.cleanSimSid;
  const period = (day: number) => ({ start: `2026-11-${day}T00:00:00Z`, end: null });
  sandbox.setRecords(`/v1/Sims/${sid}/UsageRecords`, [
    { period: period(22) },
    { period: period(21) },
    { period: {} },
  ]);
  const { records } = await get(`${DAY}&Granularity=daily`);
  expect(records).toEqual([{ period: period(22) }, { period: {} }]);
});
