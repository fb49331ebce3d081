import { afterEach, expect, it } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox, type WireRecord } from '../../src/sandbox/index.js';
import { get as request, walk } from './client.js';

let sandbox: Sandbox;
afterEach(() => sandbox.close());

async function list(options: SandboxOptions, path: string) {
  sandbox = await startSandbox({ sims: 12, ...options });
  const response = await request(sandbox, path.replace('SIM', sandbox.simSids[0] ?? ''));
  const body = (await response.json()) as Record<string, WireRecord[]>;
  const key = Object.keys(body).find((name) => name !== 'meta') ?? '';
  return { status: response.status, records: response.status === 200 ? (body[key] ?? []) : [] };
}

it.each(['/v1/Sims', '/v1/Sims/SIM/DataSessions', '/v1/Commands', '/v1/RatePlans'])(
  'the order of %s is newest first, oldest first, or neither',
  async (path) => {
    const sids = async (order: NonNullable<SandboxOptions['order']>) => {
      const { records } = await list({ order }, `${path}?PageSize=1000`);
      await sandbox.close();
      // The SIM in the path is another one where the order of SIMs is another one.
      return records.map(({ sid, start }) => start ?? sid);
    };
    const newest = await sids('newest-first');
    expect(newest.length).toBeGreaterThan(3);
    if (path.includes('SIM')) {
      expect(await sids('oldest-first')).not.toEqual(newest);
      return;
    }
    expect(await sids('oldest-first')).toEqual(newest.toReversed());
    const shuffled = await sids('shuffled');
    expect(shuffled).not.toEqual(newest);
    expect(shuffled).toEqual(await sids('shuffled'));
    expect([...shuffled].sort()).toEqual([...newest].sort());
  },
);

it('records that arrive are at the end of a list that is oldest first', async () => {
  await list({ order: 'oldest-first' }, '/v1/Sims');
  const [sid = ''] = sandbox.simSids;
  const before = sandbox.sessions(sid).length;
  const added = sandbox.insertAtHead(sid, 2);
  expect(sandbox.sessions(sid).slice(before)).toEqual(added.toReversed());
});

it.each([
  ['clipped', 200],
  ['refused', 400],
] as const)('a page of more than 1,000 records is %s', async (largePages, status) => {
  expect((await list({ largePages }, '/v1/Sims?PageSize=1001')).status).toBe(status);
});

it.each([
  ['exact', 0],
  ['prefix', 12],
] as const)('an ICCID is compared %s', async (iccidMatch, found) => {
  expect((await list({ iccidMatch }, '/v1/Sims?Iccid=8988307')).records).toHaveLength(found);
});

it.each([
  ['refused', 400],
  ['honoured', 200],
] as const)('the status deleted of KORE as a filter is %s', async (deletedFilter, status) => {
  sandbox = await startSandbox({ sims: 20, dialect: 'kore', deletedFilter });
  const { tokenUrl, clientId, clientSecret } = sandbox.credentials;
  const grant = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  const token = await fetch(tokenUrl, { method: 'POST', body: new URLSearchParams(grant) });
  const { access_token } = (await token.json()) as { access_token: string };
  const response = await request(sandbox, '/v1/Sims?Status=deleted', {
    headers: { authorization: `Bearer ${access_token}` },
  });
  expect(response.status).toBe(status);
});

it.each([
  ['enforced', 30],
  ['none', 60],
] as const)('sessions and commands are kept for 30 days, or longer: %s', async (retention, days) => {
  sandbox = await startSandbox({ sims: 12, retention });
  const now = Date.parse('2026-11-24T00:00:00Z');
  const oldest = (records: readonly WireRecord[], member: string) =>
    (now -
      Math.min(...records.map((record) => Date.parse(String(record[member]))).filter((time) => time > 0))) /
    86_400_000;
  const body = (await (await request(sandbox, '/v1/Commands?PageSize=1000')).json()) as {
    commands: WireRecord[];
  };
  for (const age of [
    oldest(sandbox.sessions(sandbox.simSids[7] ?? ''), 'start'),
    oldest(body.commands, 'date_created'),
  ]) {
    expect(age).toBeLessThan(days);
    expect(age).toBeGreaterThan(days - 32);
  }
  if (retention === 'none') expect(oldest(body.commands, 'date_created')).toBeGreaterThan(30);
});

it.each([
  ['bound', 400],
  ['free', 200],
] as const)('a page token is %s to its page size', async (tokenSize, status) => {
  sandbox = await startSandbox({ sims: 12, tokenSize });
  const first = (await (await request(sandbox, '/v1/Sims?PageSize=3')).json()) as {
    meta: { next_page_url: string };
  };
  const { pathname, searchParams } = new URL(first.meta.next_page_url);
  searchParams.set('PageSize', '5');
  expect((await request(sandbox, `${pathname}?${searchParams}`)).status).toBe(status);
});

it('SIMs and commands are filtered by the unique name of a rate plan or a SIM, as by its SID', async () => {
  sandbox = await startSandbox({ sims: 12 });
  const get = async (path: string) =>
    Object.values((await (await request(sandbox, path)).json()) as object)[0] as WireRecord[];
  const [sim] = sandbox.sims;
  const byName = await get(`/v1/Commands?PageSize=1000&Sim=${sim?.unique_name}`);
  expect(byName.length).toBeGreaterThan(0);
  expect(byName).toEqual(await get(`/v1/Commands?PageSize=1000&Sim=${sim?.sid}`));
  const plans = await get('/v1/RatePlans');
  const ofPlan = await get(`/v1/Sims?RatePlan=${plans[0]?.unique_name}`);
  expect(ofPlan).toEqual(await get(`/v1/Sims?RatePlan=${plans[0]?.sid}`));
  expect(ofPlan.length).toBeGreaterThan(0);
});

it('a fleet has thousands of SIMs, commands and rate plans', async () => {
  sandbox = await startSandbox({ sims: 5000, commands: 3000, ratePlans: 1500 });
  const pages = async (path: string) =>
    (await walk(sandbox, `${path}?PageSize=1000`)).reduce(
      (count, { meta, ...lists }) => count + Object.values(lists).flat().length,
      0,
    );
  expect([await pages('/v1/Sims'), await pages('/v1/Commands'), await pages('/v1/RatePlans')]).toEqual([
    5000, 3000, 1500,
  ]);
  const plans = new Set(sandbox.sims.map(({ rate_plan_sid }) => rate_plan_sid));
  expect(plans.size).toBeGreaterThan(1000);
});
