import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { WireRecord } from '../../src/sandbox/index.js';
import { type FaultyGateway, LIST, startFaultyGateway } from './gateway.js';

const QUERY = `query ($sid: ID!) { sim(sid: $sid) { uniqueName dataSessions(first: 3) { edges {
  cursor node { id radioLink operatorMcc start packetsUploaded } } } } }`;

let gateway: FaultyGateway;
beforeAll(async () => {
  gateway = await startFaultyGateway();
});
afterAll(() => gateway.close());
afterEach(() => gateway.sandbox.faults.clear());

interface Connection {
  readonly edges: readonly { readonly node: Record<string, unknown> }[];
}

function sessionsOf(data: Record<string, unknown> | null) {
  return (data as { sim: { dataSessions: Connection } }).sim.dataSessions.edges.map(({ node }) => node);
}

/** @param change - changes the second of the three sessions */
async function askWith(change: (session: WireRecord) => unknown) {
  gateway.sandbox.faults.add({
    kind: 'mutate',
    ...LIST,
    mutate: (body) => ({
      ...body,
      data_sessions: (body.data_sessions as WireRecord[]).map((session, at) =>
        at === 1 ? change(session) : session,
      ),
    }),
  });
  return gateway.ask(QUERY, { sid: gateway.sandbox.cleanSimSid });
}

const MEMBERS: readonly [member: string, field: string][] = [
  ['radio_link', 'radioLink'],
  ['operator_mcc', 'operatorMcc'],
  ['start', 'start'],
  ['packets_uploaded', 'packetsUploaded'],
];

test.each(MEMBERS)(
  'a `%s` that is missing, null or empty is null without an error',
  async (member, field) => {
    for (const change of [
      ({ [member]: _, ...rest }: WireRecord) => rest,
      (session: WireRecord) => ({ ...session, [member]: null }),
      (session: WireRecord) => ({ ...session, [member]: '' }),
    ]) {
      const { data, errors, requests, status } = await askWith(change);
      gateway.sandbox.faults.clear();
      expect(errors).toEqual([]);
      expect(status).toBe(200);
      expect(requests).toHaveLength(2);
      expect(sessionsOf(data).map((node) => node[field] === null)).toEqual([false, true, false]);
    }
  },
);

test.each(MEMBERS)(
  'a `%s` of a wrong type is null with an error, without other effects or retries',
  async (member, field) => {
    const { data, errors, requests, status, cost } = await askWith((session) => ({
      ...session,
      [member]: { nonsense: [] },
    }));
    const list = requests.find(({ path }) => path.endsWith(LIST.path));
    expect(status).toBe(200);
    expect(sessionsOf(data).map((node) => node[field] === null)).toEqual([false, true, false]);
    const others = sessionsOf(data).flatMap((node) =>
      Object.entries(node).filter(([name, value]) => name !== field && value === null),
    );
    expect(others).toEqual([]);
    expect(errors.map(({ path, extensions }) => ({ path, extensions }))).toEqual([
      {
        path: ['sim', 'dataSessions', 'edges', 1, 'node', field],
        extensions: { code: 'UPSTREAM_BAD_RESPONSE', upstream: { requestId: list?.requestId } },
      },
    ]);
    expect(cost).toEqual({ requests: 2, retries: 0, cacheHits: 0 });
  },
);
