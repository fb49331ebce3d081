import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ sandbox: { sims: 60 } });
});
afterAll(() => gateway.close());

async function ask(query: string) {
  const { data, errors, upstreamPaths } = await gateway.sendText(query);
  expect(errors).toBeUndefined();
  return { data: (data ?? {}) as Record<string, { nodes: Record<string, unknown>[] }>, paths: upstreamPaths };
}

describe('the rate plan of a SIM', () => {
  test('costs no request if only its SID is selected', async () => {
    const { data, paths } = await ask(
      '{ sims(first: 50) { nodes { ratePlanSid ratePlan { __typename id sid } } } }',
    );
    expect(paths).toEqual(['/v1/Sims']);
    for (const { ratePlan, ratePlanSid } of data.sims?.nodes ?? []) {
      expect(ratePlan).toMatchObject({ __typename: 'RatePlan', sid: ratePlanSid });
    }
  });

  test('is requested with those of 50 SIMs in one listing', async () => {
    const { data, paths } = await ask('{ sims(first: 50) { nodes { ratePlan { sid friendlyName } } } }');
    expect(paths).toEqual(['/v1/Sims', '/v1/RatePlans']);
    const names = new Set(
      data.sims?.nodes.map(({ ratePlan }) => (ratePlan as { friendlyName: string }).friendlyName),
    );
    expect([...names].sort()).toEqual(['pay as you go', 'pooled']);
  });

  test('is requested by itself if all SIMs have the same', async () => {
    const plan = String(gateway.sandbox.sims[0]?.rate_plan_sid);
    const { paths } = await ask(
      `{ sims(first: 50, ratePlan: "${plan}") { nodes { ratePlan { friendlyName } } } }`,
    );
    expect(paths).toEqual(['/v1/Sims', `/v1/RatePlans/${plan}`]);
  });

  test('leads to its SIMs', async () => {
    const { data, paths } = await ask(
      '{ sims(first: 1) { nodes { ratePlan { sims(first: 2) { nodes { ratePlanSid } } } } } }',
    );
    expect(JSON.stringify(data)).toContain('ratePlanSid');
    expect(paths).toHaveLength(2);
  });
});

describe('the SIM', () => {
  test('of a command costs no request for its SID, and one listing for those of many commands', async () => {
    const sids = await ask('{ commands(first: 50) { nodes { simSid sim { sid } } } }');
    expect(sids.paths).toEqual(['/v1/Commands']);
    const names = await ask('{ commands(first: 50) { nodes { sim { friendlyName } } } }');
    expect(names.paths).toEqual(['/v1/Commands', '/v1/Sims']);
  });

  test('of a session costs one request for all sessions', async () => {
    const [sid = ''] = gateway.sandbox.simSids;
    const { paths } = await ask(
      `{ sim(sid: "${sid}") { dataSessions(first: 20) { nodes { sim { friendlyName } } } } }`,
    );
    expect([...paths].sort()).toEqual([`/v1/Sims/${sid}`, `/v1/Sims/${sid}/DataSessions`]);
  });

  test('is null with an error if its SID is none', async () => {
    gateway.sandbox.setRecords('/v1/Commands', [
      { sid: `DC${'1'.repeat(32)}`, sim_sid: '../RatePlans' },
      { sid: `DC${'2'.repeat(32)}`, sim_sid: null },
    ]);
    const { data, errors, upstreamPaths } = await gateway.sendText(
      '{ commands { nodes { sim { friendlyName } } } }',
    );
    expect(data).toEqual({ commands: { nodes: [{ sim: null }, { sim: null }] } });
    expect(errors).toMatchObject([
      { path: ['commands', 'nodes', 0, 'sim'], extensions: { code: 'UPSTREAM_BAD_RESPONSE' } },
    ]);
    expect(upstreamPaths).toEqual(['/v1/Commands']);
  });
});
