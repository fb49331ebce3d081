import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { WireRecord } from '../../src/sandbox/index.js';
import type { WholeSessionsQuery, WholeSimQuery } from '../graphql/graphql.js';
import { WholeSessions, WholeSim } from '../support/documents.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let sid: string;
beforeAll(async () => {
  gateway = await startTestGateway();
  sid = gateway.sandbox.cleanSimSid;
});
afterAll(() => gateway.close());
afterEach(() => gateway.sandbox.faults.clear());

/** Replaces members of the second of three sessions. */
function breakSession(change: (session: WireRecord) => unknown): void {
  gateway.sandbox.faults.add({
    kind: 'mutate',
    path: '/DataSessions',
    mutate: (body) => ({
      ...body,
      data_sessions: (body.data_sessions as WireRecord[]).map((session, at) =>
        at === 1 ? change(session) : session,
      ),
    }),
  });
}

type Session = NonNullable<NonNullable<WholeSessionsQuery['sim']>['dataSessions']>['edges'][number]['node'];

async function threeSessions() {
  const answer = await gateway.send(WholeSessions, { sid, first: 3 });
  return { ...answer, sessions: answer.data?.sim?.dataSessions?.edges.map(({ node }) => node) ?? [] };
}

/** Members of a session with values of a wrong type, and the fields that are null then. */
const SESSION_MEMBERS: readonly [member: string, value: unknown, fields: (keyof Session)[]][] = [
  ['sid', {}, ['sid']],
  ['sim_sid', [], ['simSid']],
  ['account_sid', true, ['accountSid']],
  ['radio_link', ['LTE'], ['radioLink']],
  ['operator_mcc', { mcc: 262 }, ['operatorMcc']],
  ['operator_mnc', false, ['operatorMnc']],
  ['operator_country', {}, ['operatorCountry']],
  ['operator_name', [], ['operatorName']],
  ['cell_id', 2 ** 60, ['cellId']],
  ['cell_location_estimate', { lat: 'north', lon: 1 }, ['cellLocationEstimate']],
  ['packets_uploaded', -1, ['packetsUploaded']],
  ['packets_downloaded', 2 ** 60, ['packetsDownloaded']],
  ['last_updated', 'yesterday', ['lastUpdated']],
  ['start', 1700000000, ['start', 'durationSeconds']],
  ['end', '2026-02-30T00:00:00Z', ['end', 'active', 'durationSeconds']],
  ['imei', {}, ['imei']],
];

describe('a session with a member of a wrong type', () => {
  test.each(SESSION_MEMBERS)(
    '%s (%o) is returned, and only fields that need that member are null',
    async (member, value, fields) => {
      const { sessions: whole } = await threeSessions();
      breakSession((session) => ({ ...session, [member]: value }));
      const { sessions, errors, upstreamRequests } = await threeSessions();
      const nulls = Object.fromEntries(fields.map((field) => [field, null]));
      expect(sessions).toEqual([whole[0], { ...whole[1], ...nulls, id: expect.any(String) }, whole[2]]);
      const at = ['sim', 'dataSessions', 'edges', 1, 'node'];
      expect(errors?.map(({ path }) => path).sort()).toEqual(
        [...fields].sort().map((field) => [...at, field]),
      );
      for (const { extensions } of errors ?? []) {
        expect(extensions).toMatchObject({
          code: 'UPSTREAM_BAD_RESPONSE',
          upstream: { requestId: upstreamRequests[0]?.requestId },
        });
      }
    },
  );

  test.each([null, 'nonsense', 7, []])(
    'that is not an object (%o) keeps its position, with all fields null',
    async (junk) => {
      const { sessions: whole } = await threeSessions();
      breakSession(() => junk);
      const { sessions, errors } = await threeSessions();
      expect([sessions[0], sessions[2]]).toEqual([whole[0], whole[2]]);
      const { id, ...fields } = sessions[1] ?? { id: '' };
      expect(id).not.toBe('');
      expect(new Set(Object.values(fields))).toEqual(new Set([null]));
      expect(errors).toHaveLength(18);
    },
  );
});

type Sim = NonNullable<WholeSimQuery['sim']>;

const SIM_MEMBERS: readonly [member: string, value: unknown, field: keyof Sim][] = [
  ['unique_name', {}, 'uniqueName'],
  ['account_sid', [], 'accountSid'],
  ['rate_plan_sid', true, 'ratePlanSid'],
  ['friendly_name', ['a'], 'friendlyName'],
  ['iccid', 8988307000000000000000, 'iccid'],
  ['e_id', {}, 'eId'],
  ['status', 7, 'status'],
  ['reset_status', {}, 'resetStatus'],
  ['commands_callback_url', [], 'commandsCallbackUrl'],
  ['commands_callback_method', 1, 'commandsCallbackMethod'],
  ['date_created', '24.11.2026', 'dateCreated'],
  ['date_updated', {}, 'dateUpdated'],
  ['url', false, 'url'],
  ['links', 'none', 'links'],
  ['ip_address', {}, 'ipAddress'],
];

describe('a SIM with a member of a wrong type', () => {
  test.each(SIM_MEMBERS)('%s (%o) is returned, and only that field is null', async (member, value, field) => {
    const whole = (await gateway.send(WholeSim, { sid })).data?.sim;
    gateway.sandbox.faults.add({
      kind: 'mutate',
      path: sid,
      mutate: (body) => ({ ...body, [member]: value }),
    });
    const { data, errors } = await gateway.send(WholeSim, { sid });
    expect(data?.sim).toEqual({ ...whole, [field]: null });
    expect(errors).toMatchObject([{ path: ['sim', field], extensions: { code: 'UPSTREAM_BAD_RESPONSE' } }]);
  });

  test('in a listing is returned as well', async () => {
    gateway.sandbox.faults.add({
      kind: 'mutate',
      path: '/v1/Sims',
      mutate: (body) => ({
        ...body,
        sims: (body.sims as WireRecord[]).map((sim) => ({ ...sim, iccid: {} })),
      }),
    });
    const aliases = gateway.sandbox.simSids.map((sim, at) => `s${at}: sim(sid: "${sim}") { sid iccid }`);
    const { data, errors, upstreamPaths } = await gateway.sendText(`{ ${aliases.join(' ')} }`);
    expect(Object.values(data ?? {})).toEqual(
      gateway.sandbox.simSids.map((sim) => ({ sid: sim, iccid: null })),
    );
    expect(errors).toHaveLength(gateway.sandbox.simSids.length);
    expect(upstreamPaths).toEqual(['/v1/Sims']);
  });
});
