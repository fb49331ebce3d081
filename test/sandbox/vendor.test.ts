import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox, type WireRecord } from '../../src/sandbox/index.js';
import { getBody, sessionsPath, walk } from './client.js';
import { VENDOR_ORIGIN, type VendorClient, vendorClient, vendorContract } from './vendor.js';

describe("the vendor's own SDK", () => {
  let sandbox: Sandbox;
  let sdk: VendorClient;
  beforeAll(async () => {
    sandbox = await startSandbox({ pageUrlBase: VENDOR_ORIGIN });
    const { accountSid, authToken } = sandbox.credentials;
    sdk = vendorClient(sandbox.url, { user: accountSid, password: authToken, accountSid });
  });
  afterAll(() => sandbox.close());

  it('reads all sessions of each SIM', async () => {
    for (const sim of await sdk.wireless.v1.sims.list({ pageSize: 10 })) {
      const sid = String(sim.sid);
      sandbox.clearRequests();
      const held = sandbox.sessions(sid);
      const listed = await sdk.wireless.v1.sims(sid).dataSessions.list({ pageSize: 100 });
      expect(listed.map((session) => session.toJSON())).toEqual(held.map(asTheSdkReads));
      expect(sandbox.requests).toHaveLength(Math.max(1, Math.ceil(held.length / 100)));
    }
  });

  it('lists SIMs with a filter, and fetches one, with an API key too', async () => {
    const { accountSid, apiKey, apiSecret } = sandbox.credentials;
    const keyed = vendorClient(sandbox.url, { user: apiKey, password: apiSecret, accountSid });
    const sims = await keyed.wireless.v1.sims.list({ pageSize: 3, status: 'active' });
    const active = sandbox.sims.filter(({ status }) => status === 'active');
    expect(sims.map(({ sid }) => sid)).toEqual(active.map(({ sid }) => sid));
    expect(await keyed.wireless.v1.sims('delivery-van-7').fetch()).toMatchObject({ sid: sandbox.simSids[0] });
  });

  it('reads all rate plans and commands, with filters, and fetches one', async () => {
    const { ratePlans, commands } = sdk.wireless.v1;
    const plans = await ratePlans.list({ pageSize: 3 });
    expect(plans.length).toBeGreaterThan(3);
    expect((await ratePlans(String(plans[1]?.sid)).fetch()).toJSON()).toEqual(plans[1]?.toJSON());
    const all = await commands.list({ pageSize: 50 });
    expect(all.length).toBeGreaterThan(50);
    expect((await commands(String(all[7]?.sid)).fetch()).toJSON()).toEqual(all[7]?.toJSON());
    const sim = String(all[0]?.toJSON().simSid);
    const received = await commands.list({ pageSize: 10, sim, direction: 'from_sim' });
    const expected = all
      .map((one) => one.toJSON())
      .filter((one) => one.simSid === sim && one.direction === 'from_sim');
    expect(received.map((one) => one.toJSON())).toEqual(expected);
  });

  it('reads the usage of a SIM and of the account to its end', async () => {
    const range = { start: new Date('2026-10-25T00:00:00Z'), end: new Date('2026-11-23T23:59:59Z') };
    const own = await sdk.wireless.v1
      .sims(sandbox.cleanSimSid)
      .usageRecords.list({ ...range, granularity: 'hourly', pageSize: 100 });
    expect(own).toHaveLength(30 * 24);
    expect(new Set(own.map((record) => record.toJSON().simSid))).toEqual(new Set([sandbox.cleanSimSid]));
    const account = await sdk.wireless.v1.usageRecords.list({ ...range, granularity: 'daily', pageSize: 7 });
    expect(account).toHaveLength(30);
    const totalOf = (records: readonly { toJSON(): Record<string, unknown> }[]) =>
      records.reduce((total, record) => total + (record.toJSON().data as { total: number }).total, 0);
    expect(totalOf(account)).toBeGreaterThan(totalOf(own));
  });

  it('recognizes errors of the sandbox', async () => {
    const unknown = sdk.wireless.v1.sims('DE0').fetch();
    await expect(unknown).rejects.toMatchObject({
      status: 404,
      code: 20404,
      moreInfo: 'https://www.twilio.com/docs/errors/20404',
    });
    const { accountSid } = sandbox.credentials;
    const stranger = vendorClient(sandbox.url, { user: accountSid, password: 'wrong', accountSid });
    await expect(stranger.wireless.v1.sims('DE0').fetch()).rejects.toMatchObject({
      status: 401,
      code: 20003,
    });
  });
});

/** Converts a record to that of the SDK: names in camelCase and instants as `Date`. */
function asTheSdkReads(record: WireRecord): Record<string, unknown> {
  const date = (value: unknown) => (typeof value === 'string' ? new Date(value) : value);
  return {
    sid: record.sid,
    simSid: record.sim_sid,
    accountSid: record.account_sid,
    radioLink: record.radio_link,
    operatorMcc: record.operator_mcc,
    operatorMnc: record.operator_mnc,
    operatorCountry: record.operator_country,
    operatorName: record.operator_name,
    cellId: record.cell_id,
    cellLocationEstimate: record.cell_location_estimate,
    packetsUploaded: record.packets_uploaded,
    packetsDownloaded: record.packets_downloaded,
    lastUpdated: date(record.last_updated),
    start: date(record.start),
    end: date(record.end),
    imei: record.imei,
  };
}

describe("the vendor's OpenAPI document", () => {
  let sandbox: Sandbox;
  const contract = vendorContract();
  beforeAll(async () => {
    sandbox = await startSandbox();
  });
  afterAll(() => sandbox.close());

  it('accepts a SIM, and a list of SIMs with documented statuses', async () => {
    const sim = await getBody(sandbox, `/v1/Sims/${sandbox.simSids[0]}`);
    expect(contract.complaints('/v1/Sims/{Sid}', sim)).toBeNull();
    for (const status of ['new', 'ready', 'active', 'suspended', 'deactivated', 'scheduled', 'updating']) {
      for (const page of await walk(sandbox, `/v1/Sims?PageSize=5&Status=${status}`)) {
        expect(contract.complaints('/v1/Sims', page)).toBeNull();
      }
    }
  });

  it('accepts pages of sessions', async () => {
    const pages = await walk(sandbox, sessionsPath(sandbox.cleanSimSid, '?PageSize=30'));
    expect(pages).toHaveLength(4);
    for (const page of pages) {
      expect(contract.complaints('/v1/Sims/{SimSid}/DataSessions', page)).toBeNull();
    }
  });

  it('accepts live sessions at any time', async () => {
    let now = Date.parse('2026-11-24T00:00:00Z');
    const live = await startSandbox({ liveSessions: () => now });
    try {
      for (const seconds of [600, 605, 615, 650]) {
        now = Date.parse('2026-11-24T00:00:00Z') + seconds * 1000;
        const page = await getBody(live, sessionsPath(live.liveSimSid ?? '', '?PageSize=10'));
        expect(contract.complaints('/v1/Sims/{SimSid}/DataSessions', page)).toBeNull();
        const members = contract.members('wireless.v1.sim.data_session').sort();
        expect(Object.keys(page.data_sessions[0] ?? {}).sort()).toEqual(members);
      }
    } finally {
      await live.close();
    }
  });

  it('accepts rate plans and commands, listed and fetched', async () => {
    for (const [path, single, key] of [
      ['/v1/RatePlans', '/v1/RatePlans/{Sid}', 'rate_plans'],
      ['/v1/Commands', '/v1/Commands/{Sid}', 'commands'],
    ] as const) {
      for (const page of await walk(sandbox, `${path}?PageSize=30`)) {
        expect(contract.complaints(path, page)).toBeNull();
        const [record] = page[key];
        const fetched = await getBody(sandbox, `${path}/${record?.sid}`);
        expect(contract.complaints(single, fetched)).toBeNull();
      }
    }
  });

  it('accepts usage records of a SIM and of the account, of any granularity', async () => {
    const range = 'Start=2026-11-01T00:00:00Z&End=2026-11-23T23:59:59Z';
    for (const granularity of ['hourly', 'daily', 'all']) {
      const query = `?PageSize=50&${range}&Granularity=${granularity}`;
      for (const page of await walk(sandbox, `/v1/Sims/${sandbox.cleanSimSid}/UsageRecords${query}`)) {
        expect(contract.complaints('/v1/Sims/{SimSid}/UsageRecords', page)).toBeNull();
        expect(page.usage_records.length).toBeGreaterThan(0);
      }
      for (const page of await walk(sandbox, `/v1/UsageRecords${query}`)) {
        expect(contract.complaints('/v1/UsageRecords', page)).toBeNull();
      }
    }
  });

  it('rejects sessions with data quirks, which shows that it validates', async () => {
    const odd = await getBody(sandbox, sessionsPath(sandbox.oddSimSid));
    expect(contract.complaints('/v1/Sims/{SimSid}/DataSessions', odd)).not.toBeNull();
    const sims = await getBody(sandbox, '/v1/Sims');
    expect(contract.complaints('/v1/Sims', sims)).not.toBeNull();
  });

  it('describes exactly the members that records have', async () => {
    const [session] = (await getBody(sandbox, sessionsPath(sandbox.cleanSimSid))).data_sessions;
    expect(Object.keys(session ?? {}).sort()).toEqual(
      contract.members('wireless.v1.sim.data_session').sort(),
    );
    const [sim] = sandbox.sims;
    expect(Object.keys(sim ?? {}).sort()).toEqual(contract.members('wireless.v1.sim').sort());
    const [plan] = (await getBody(sandbox, '/v1/RatePlans')).rate_plans;
    expect(Object.keys(plan ?? {}).sort()).toEqual(contract.members('wireless.v1.rate_plan').sort());
    const [usage] = (await getBody(sandbox, `/v1/Sims/${sandbox.cleanSimSid}/UsageRecords`)).usage_records;
    expect(Object.keys(usage ?? {}).sort()).toEqual(contract.members('wireless.v1.sim.usage_record').sort());
    const [command] = (await getBody(sandbox, '/v1/Commands')).commands;
    expect(Object.keys(command ?? {}).sort()).toEqual(contract.members('wireless.v1.command').sort());
  });
});
