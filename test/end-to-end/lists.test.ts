import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ sandbox: { sims: 40 } });
});
afterAll(() => gateway.close());

/** Sends a query, and returns its data with the paths that the upstream was asked for. */
async function ask(query: string, variables: Record<string, unknown> = {}) {
  const { data, errors, upstreamPaths } = await gateway.sendText(query, variables);
  expect(errors).toBeUndefined();
  return { data: (data ?? {}) as Record<string, unknown>, paths: upstreamPaths };
}

describe('the list of SIMs', () => {
  test('brings all fields of its SIMs with one request', async () => {
    const { data, paths } = await ask(`{
      sims(first: 40) { nodes { id sid uniqueName friendlyName status iccid dateCreated links { dataSessions } } }
    }`);
    const { nodes } = data.sims as { nodes: { sid: string }[] };
    expect(nodes.map(({ sid }) => sid)).toEqual(gateway.sandbox.simSids);
    expect(paths).toEqual(['/v1/Sims']);
  });

  test('costs one request, and one for the sessions of each SIM', async () => {
    const { data, paths } = await ask(
      '{ sims(first: 20) { nodes { status dataSessions(first: 1) { nodes { start } } } } }',
    );
    expect((data.sims as { nodes: unknown[] }).nodes).toHaveLength(20);
    expect(paths).toHaveLength(21);
  });

  test('is filtered by status and rate plan, by the upstream', async () => {
    const plan = String(gateway.sandbox.sims[0]?.rate_plan_sid);
    const { data } = await ask(
      'query ($plan: ID!) { sims(first: 1000, status: ACTIVE, ratePlan: $plan) { nodes { sid } } }',
      { plan },
    );
    const expected = gateway.sandbox.sims.filter(
      ({ status, rate_plan_sid }) => status === 'active' && rate_plan_sid === plan,
    );
    expect(expected.length).toBeGreaterThan(1);
    expect(data.sims).toEqual({ nodes: expected.map(({ sid }) => ({ sid })) });
  });

  test.each([
    ['an unknown status', { status: 'UNKNOWN' }],
    ['an empty rate plan', { ratePlan: '' }],
    ['text that is not Unicode', { ratePlan: '\ud800' }],
    ['text that is too long', { ratePlan: 'x'.repeat(257) }],
  ])('rejects %s before a request is sent', async (_what, variables) => {
    const query =
      'query ($status: SimStatus, $ratePlan: ID) { sims(status: $status, ratePlan: $ratePlan) { nodes { sid } } }';
    const result = await gateway.sendText(query, variables);
    expect(result.errors).toMatchObject([{ path: ['sims'], extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(result.upstreamPaths).toEqual([]);
  });
});

describe('rate plans and commands', () => {
  test('lead to their SIMs, and SIMs to their commands', async () => {
    const { data, paths } = await ask(
      `{ ratePlans(first: 1) { nodes { friendlyName dataEnabled internationalRoaming
           sims(first: 2) { nodes { ratePlanSid commands(first: 1, direction: FROM_SIM) { nodes { direction } } } } } } }`,
    );
    expect(JSON.stringify(data)).toContain('"dataEnabled":true');
    expect(paths).toHaveLength(1 + 1 + 2);
  });

  test('are fetched by SID', async () => {
    const { data } = await ask(
      '{ ratePlans(first: 1) { nodes { sid } } commands(first: 1) { nodes { sid } } }',
    );
    const sidIn = (list: unknown) => (list as { nodes: [{ sid: string }] }).nodes[0].sid;
    const [plan, command] = [sidIn(data.ratePlans), sidIn(data.commands)];
    const single = await ask(
      'query ($plan: ID!, $command: ID!) { ratePlan(sid: $plan) { sid } command(sid: $command) { sid command } }',
      { plan, command },
    );
    expect(single.data).toMatchObject({ ratePlan: { sid: plan }, command: { sid: command } });
    expect([...single.paths].sort()).toEqual([`/v1/Commands/${command}`, `/v1/RatePlans/${plan}`]);
  });
});
