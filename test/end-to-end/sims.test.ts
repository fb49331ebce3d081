import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { WireSim } from '../../src/sandbox/index.js';
import { Refetched, SessionsPage, WholeSim } from '../support/documents.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const UNKNOWN_SID = `DE${'0'.repeat(32)}`;

const text = (value: unknown) => (value === undefined || value === null || value === '' ? null : value);
const instant = (value: unknown) => (typeof value === 'string' ? new Date(value).toISOString() : null);
const STATUSES = 'new ready active suspended deactivated canceled scheduled updating deleted'.split(' ');

/** Expected fields of a SIM, derived from its JSON only. */
function expected(record: WireSim) {
  const status = String(record.status);
  const links = record.links as Record<string, string>;
  return {
    __typename: 'Sim',
    id: expect.any(String),
    sid: record.sid,
    uniqueName: text(record.unique_name),
    accountSid: text(record.account_sid),
    ratePlanSid: text(record.rate_plan_sid),
    friendlyName: text(record.friendly_name),
    iccid: text(record.iccid),
    eId: text('eid' in record ? record.eid : record.e_id),
    status: STATUSES.includes(status) ? status.toUpperCase() : 'UNKNOWN',
    resetStatus: record.reset_status === 'resetting' ? 'RESETTING' : null,
    commandsCallbackUrl: text(record.commands_callback_url),
    commandsCallbackMethod: text(record.commands_callback_method),
    dateCreated: instant(record.date_created),
    dateUpdated: instant(record.date_updated),
    url: text(record.url),
    links: {
      dataSessions: links.data_sessions,
      ratePlan: links.rate_plan,
      usageRecords: links.usage_records,
    },
    ipAddress: text(record.ip_address),
  };
}

describe.each(['twilio', 'kore'] as const)('SIMs of the %s dialect', (dialect) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({ sandbox: { dialect } });
  });
  afterAll(() => gateway.close());
  beforeEach(() => gateway.sandbox.faults.clear());

  test('have the values of the upstream in all fields, for each status', async () => {
    for (const record of gateway.sandbox.sims) {
      const { data, errors } = await gateway.send(WholeSim, { sid: record.sid });
      expect(errors).toBeUndefined();
      expect(data?.sim).toEqual(expected(record));
    }
    const statuses = gateway.sandbox.sims.map(({ status }) => status);
    expect(statuses).toContain('hibernating');
    expect(statuses.includes('deleted')).toBe(dialect === 'kore');
  });

  test('have null for members that are missing or empty', async () => {
    const record = gateway.sandbox.addSim({
      unique_name: '',
      iccid: null,
      status: null,
      links: null,
      e_id: '',
      eid: '',
    });
    gateway.sandbox.faults.add({
      kind: 'mutate',
      path: record.sid,
      mutate: ({ date_created, url, ...rest }) => rest,
    });
    const { data, errors } = await gateway.send(WholeSim, { sid: record.sid });
    expect(errors).toBeUndefined();
    const empty = {
      uniqueName: null,
      iccid: null,
      status: null,
      links: null,
      eId: null,
      dateCreated: null,
      url: null,
    };
    expect(data?.sim).toMatchObject({ ...empty, sid: record.sid });
  });

  test('have UNKNOWN for enum values that the schema does not define', async () => {
    const record = gateway.sandbox.addSim({
      reset_status: 'queued',
      commands_callback_method: 'QUERY',
      status: 'ACTIVE',
    });
    const { data, errors } = await gateway.send(WholeSim, { sid: record.sid });
    expect(errors).toBeUndefined();
    expect(data?.sim).toMatchObject({
      resetStatus: 'UNKNOWN',
      commandsCallbackMethod: 'UNKNOWN',
      status: 'ACTIVE',
    });
  });

  test('that do not exist are null without an error, for any selection', async () => {
    const selections = [
      'sid',
      '__typename',
      'status',
      'dataSessions { edges { cursor } }',
      'status dataSessions { edges { cursor } }',
      'dataSessions(first: 0) { pageInfo { hasNextPage } }',
      'a: dataSessions(first: 1) { edges { cursor } } b: dataSessions(last: 1) { edges { cursor } }',
    ];
    for (const selection of selections) {
      const id = Buffer.from(`Sim:${UNKNOWN_SID}`).toString('base64');
      const answer = await gateway.sendText(`{
        sim(sid: "${UNKNOWN_SID}") { ${selection} }
        node(id: "${id}") { ... on Sim { ${selection} } }
        nodes(ids: ["${id}"]) { ... on Sim { ${selection} } }
        _entities(representations: [{ __typename: "Sim", sid: "${UNKNOWN_SID}" }]) { ... on Sim { ${selection} } }
      }`);
      expect(answer.errors).toBeUndefined();
      expect(answer.data).toEqual({ sim: null, node: null, nodes: [null], _entities: [null] });
    }
  });
});

describe('refetching', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway.close());

  async function idOf(sid: string): Promise<string> {
    const { data } = await gateway.send(WholeSim, { sid });
    if (!data?.sim) throw new Error(`no SIM ${sid}`);
    return data.sim.id;
  }

  test('by `node` and `nodes` returns the SIMs in the order of the IDs', async () => {
    const [a = '', b = '', c = ''] = gateway.sandbox.simSids;
    const ids = [await idOf(c), await idOf(a), await idOf(b)];
    const { data, errors } = await gateway.send(Refetched, { ids });
    expect(errors).toBeUndefined();
    expect(data?.nodes.map((node) => (node?.__typename === 'Sim' ? node.sid : null))).toEqual([c, a, b]);
    expect(data?.nodes.map((node) => node?.id)).toEqual(ids);
    const one = await gateway.sendText(`{ node(id: "${ids[0]}") { id ... on Sim { sid } } }`);
    expect(one.data).toEqual({ node: { id: ids[0], sid: c } });
  });

  test('of invalid IDs gives an error for each of them', async () => {
    const [known = ''] = gateway.sandbox.simSids;
    const session = await gateway.send(SessionsPage, { sid: known, first: 1 });
    const ids = [
      'nonsense',
      await idOf(known),
      '',
      Buffer.from(`Sim:${UNKNOWN_SID}`).toString('base64'),
      Buffer.from('Sim:not-a-sid').toString('base64'),
      session.data?.sim?.dataSessions?.edges[0]?.node.id ?? '',
      Buffer.from('Person:1').toString('base64'),
    ];
    const { data, errors, upstreamPaths } = await gateway.send(Refetched, { ids });
    expect(data?.nodes.map((node) => (node?.__typename === 'Sim' ? node.sid : null))).toEqual([
      null,
      known,
      null,
      null,
      null,
      null,
      null,
    ]);
    expect(errors?.map(({ path, extensions }) => [path, extensions?.code]).sort()).toEqual([
      [['nodes', 0], 'BAD_USER_INPUT'],
      [['nodes', 2], 'BAD_USER_INPUT'],
      [['nodes', 4], 'BAD_USER_INPUT'],
    ]);
    expect(upstreamPaths).toHaveLength(2);
  });
});
