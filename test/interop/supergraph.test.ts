import {
  buildClientSchema,
  type GraphQLFormattedError,
  type GraphQLNamedType,
  getIntrospectionQuery,
  type IntrospectionQuery,
  lexicographicSortSchema,
  printType,
} from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, startTestGateway, type TestGateway } from '../support/gateway.js';
import type { HttpServer } from './http-server.js';
import { type Listed, listedBy, listedIn } from './listed.js';
import { serveDevices, serveTickets } from './neighbours.js';
import { COMPOSERS, compose, serveSupergraph } from './supergraph.js';

interface Connection {
  readonly edges: readonly { readonly node: Listed }[];
  readonly pageInfo: Record<'hasNextPage' | 'hasPreviousPage', boolean> &
    Record<'startCursor' | 'endCursor', string | null>;
}

interface DeviceAnswer {
  readonly device: { readonly sim: { readonly dataSessions: Connection } };
}

const DEVICE_PAGE = `
  query DevicePage($serial: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    device(serial: $serial) {
      sim {
        dataSessions(first: $first, after: $after, last: $last, before: $before) {
          edges { node { sid start } }
          pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        }
      }
    }
  }
`;

/** SID of a SIM in the data of another subgraph that no longer exists. */
const UNKNOWN_SID = `DE${'0'.repeat(32)}`;

let gateway: TestGateway;
let devices: HttpServer;
let tickets: HttpServer;
beforeAll(async () => {
  gateway = await startTestGateway();
  devices = await serveDevices([...gateway.sandbox.simSids, UNKNOWN_SID]);
  tickets = await serveTickets(String(gateway.sandbox.simSids[0]));
});
afterAll(() => Promise.all([gateway.close(), devices.close(), tickets.close()]));
beforeEach(() => {
  gateway.sandbox.faults.clear();
  gateway.sandbox.clearRequests();
});

describe.each(COMPOSERS)('a supergraph composed by %s and served by Hive Gateway', (composer) => {
  let supergraph: HttpServer;
  beforeAll(async () => {
    const composed = await compose(composer, [
      { name: 'wireless', url: `${gateway.url}/graphql` },
      { name: 'devices', url: devices.url },
      { name: 'tickets', url: tickets.url },
    ]);
    supergraph = await serveSupergraph(composed);
  });
  afterAll(() => supergraph?.close());

  async function ask<Data>(
    query: string,
    variables: Record<string, unknown> = {},
    url = supergraph.url,
  ): Promise<Pick<Answer<Data>, 'data' | 'errors'>> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer<Data>;
  }

  async function page(variables: Record<string, unknown>): Promise<Connection> {
    const { data, errors } = await ask<DeviceAnswer>(DEVICE_PAGE, { serial: 'SN-0', ...variables });
    if (!data) throw new Error(JSON.stringify(errors));
    return data.device.sim.dataSessions;
  }

  it('has the subscription and its types as the gateway has them', async () => {
    const types = await typesOf(supergraph.url);
    expect(types[0]).toContain('dataSessionEvents(');
    expect(types).toEqual(await typesOf(`${gateway.url}/graphql`));
  });

  /** The SDL of the types of subscriptions, with their members sorted. */
  async function typesOf(url: string): Promise<string[]> {
    const { data } = await ask<IntrospectionQuery>(getIntrospectionQuery(), {}, url);
    if (!data) throw new Error('expected introspection');
    const schema = lexicographicSortSchema(buildClientSchema(data));
    return ['Subscription', 'DataSessionEvent', 'DataSessionEventKind', 'DataSessionEventSnapshotReason'].map(
      (name) => printType(schema.getType(name) as GraphQLNamedType),
    );
  }

  it("paginates the sessions of a device's SIM with one upstream request for each page", async () => {
    const sessions: Listed[] = [];
    let pages = 0;
    let after: string | null = null;
    do {
      const connection: Connection = await page({ first: 100, after });
      sessions.push(...listedIn(connection));
      after = connection.pageInfo.hasNextPage ? connection.pageInfo.endCursor : null;
      pages += 1;
    } while (after !== null);
    const [sid = ''] = gateway.sandbox.simSids;
    expect(sessions).toEqual(listedBy(gateway.sandbox, sid));
    expect(gateway.sandbox.requests.map(({ path }) => path)).toEqual(
      Array(pages).fill(`/v1/Sims/${sid}/DataSessions`),
    );
  });

  it('paginates them from the end to the start', async () => {
    const sessions: Listed[] = [];
    let before: string | null = null;
    do {
      const connection: Connection = await page({ last: 100, before });
      sessions.unshift(...listedIn(connection));
      before = connection.pageInfo.hasPreviousPage ? connection.pageInfo.startCursor : null;
    } while (before !== null);
    expect(sessions).toEqual(listedBy(gateway.sandbox, String(gateway.sandbox.simSids[0])));
  });

  it('joins fields that other subgraphs add to SIMs and sessions', async () => {
    const [sid] = gateway.sandbox.simSids;
    const { data, errors } = await ask(
      `query ($sid: ID!) {
        sim(sid: $sid) {
          status
          device { serial }
          dataSessions(first: 2) { edges { node { start invoice } } }
        }
      }`,
      { sid },
    );
    expect(errors).toBeUndefined();
    const [first, second] = listedBy(gateway.sandbox, String(sid));
    expect(data).toEqual({
      sim: {
        status: 'ACTIVE',
        device: { serial: 'SN-0' },
        dataSessions: {
          edges: [first, second].map((session) => ({
            node: { start: session?.start, invoice: `invoice of ${session?.sid}` },
          })),
        },
      },
    });
  });

  it('fetches the SIMs of all devices with one upstream request, and one more for a missing SIM', async () => {
    const { data } = await ask<{ devices: { sim: object }[] }>('{ devices { sim { sid friendlyName } } }');
    expect(data?.devices.map(({ sim }) => sim)).toEqual([
      ...gateway.sandbox.sims.map(({ sid, friendly_name }) => ({ sid, friendlyName: friendly_name || null })),
      { sid: UNKNOWN_SID, friendlyName: null },
    ]);
    expect(gateway.sandbox.requests.map(({ path }) => path)).toEqual(['/v1/Sims', `/v1/Sims/${UNKNOWN_SID}`]);
  });

  it('joins rate plans, usage, filtered sessions and counts of the SIMs of devices', async () => {
    const range = {
      start: new Date(Date.now() - 5 * 86_400_000).toISOString(),
      end: new Date().toISOString(),
    };
    const { data, errors } = await ask<{ device: { sim: Record<string, unknown> } }>(
      `query ($start: DateTime!, $end: DateTime!, $filter: DataSessionFilter) {
        device(serial: "SN-0") {
          sim {
            ratePlan { friendlyName sims(first: 1) { nodes { status } } }
            usage(start: $start, end: $end) { data { total } settled }
            dataSessions(first: 2, filter: $filter) { nodes { radioLink sim { friendlyName } } }
            dataSessionsCount(filter: $filter) { count precision }
            dataSessionGroups(by: [COUNTRY]) { groups { dimensions { operatorCountry } count } }
          }
        }
      }`,
      { ...range, filter: { radioLink: ['LTE'] } },
    );
    expect(errors).toBeUndefined();
    expect(data?.device.sim).toMatchObject({
      ratePlan: { friendlyName: expect.any(String), sims: { nodes: [{}] } },
      dataSessions: { nodes: [{ radioLink: 'LTE' }, { radioLink: 'LTE' }] },
      dataSessionsCount: { precision: 'EXACT' },
    });
  });

  it('resolves `node` for a SIM with a second Relay subgraph', async () => {
    const { data } = await ask<{ tickets: { edges: { node: { sim: { id: string; sid: string } } }[] } }>(
      '{ tickets(first: 1) { pageInfo { endCursor } edges { node { sim { id sid } } } } }',
    );
    const sim = data?.tickets.edges[0]?.node.sim;
    expect(sim?.sid).toBe(gateway.sandbox.simSids[0]);
    expect(
      await ask('query ($id: ID!) { node(id: $id) { id ... on Sim { sid } } }', { id: sim?.id }),
    ).toEqual({
      data: { node: sim },
    });
  });

  it('passes null through for a SIM that does not exist', async () => {
    const serial = `SN-${gateway.sandbox.simSids.length}`;
    const { data, errors } = await ask(
      'query ($serial: ID!) { device(serial: $serial) { serial sim { status } } }',
      {
        serial,
      },
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({ device: { serial, sim: { status: null } } });
  });

  it.each([
    ['a wrong cursor', { first: 3, after: 'no cursor' }],
    ['an argument out of range', { first: 1001 }],
  ])('passes an error through: %s', async (_name, variables) => {
    await expectSameError(variables);
  });

  it('passes an error through: a failing upstream', async () => {
    gateway.sandbox.faults.add({ kind: 'html', path: /DataSessions$/ });
    await expectSameError({ first: 3 });
  });

  /** Compares the error of the supergraph with that of the gateway. */
  async function expectSameError(variables: Record<string, unknown>): Promise<void> {
    const [sid] = gateway.sandbox.simSids;
    const own = await ask(
      `query ($sid: ID!, $first: Int, $after: String) {
        sim(sid: $sid) { status dataSessions(first: $first, after: $after) { edges { node { sid } } } }
      }`,
      { sid, ...variables },
      `${gateway.url}/graphql`,
    );
    const joined = await ask(
      `query ($first: Int, $after: String) {
        device(serial: "SN-0") {
          sim { status dataSessions(first: $first, after: $after) { edges { node { sid } } } }
        }
      }`,
      variables,
    );
    expect(joined.data).toEqual({ device: own.data });
    expect(own.errors).toHaveLength(1);
    expect(joined.errors?.map(told)).toEqual(own.errors?.map(told));
    expect(joined.errors?.[0]?.path).toEqual(['device', ...(own.errors?.[0]?.path ?? [])]);
  }
});

/** Returns an error without the request ID, which differs between requests. */
function told({ message, extensions }: GraphQLFormattedError) {
  const upstream = extensions?.upstream as { status?: number } | undefined;
  return { message, code: extensions?.code, status: upstream?.status };
}
