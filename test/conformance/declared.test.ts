import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sim } from '../../src/resources/sim.js';
import { codesOf, sha256, startWireGateway, type WireGateway } from '../support/wire.js';
import { sidOf } from './target.js';
import { Beacon, testCatalog } from './test-catalog.js';

const TOKENS = { all: 'token-with-every-scope', some: 'token-that-may-read' };
const [beacon, sim] = [sidOf(Beacon, 0), sidOf(Sim, 0)];

interface Page {
  readonly nodes: readonly unknown[];
  readonly pageInfo: { readonly endCursor: string };
}

describe('a resource that is declared in a test alone', () => {
  let gateway: WireGateway;
  const send = async (query: string, variables: object = {}, token: keyof typeof TOKENS = 'all') => {
    const answer = await gateway.post({ query, variables }, { authorization: `Bearer ${TOKENS[token]}` });
    return {
      ...answer,
      data: (answer.body?.data ?? {}) as Record<string, unknown>,
      errors: answer.body?.errors ?? [],
    };
  };

  beforeAll(async () => {
    gateway = await startWireGateway({
      sandbox: { catalog: testCatalog, sims: 3 },
      env: {
        GATEWAY_AUTH: 'token',
        GATEWAY_TOKENS: [
          `all:${sha256(TOKENS.all)}:wireless:read+wireless:location`,
          `some:${sha256(TOKENS.some)}:wireless:read`,
        ].join(),
        MAX_UPSTREAM_REQUESTS: '30',
      },
    });
    gateway.sandbox.setRecords('/v1/Sims', [{ sid: sim }]);
    gateway.sandbox.setRecords('/v1/Beacons', [
      { sid: beacon, kind: 'road', sim_sid: sim, position: 'north', battery: { level: 70 } },
      { sid: sidOf(Beacon, 1), kind: 'sea-mark', remark: 'green', position: 'south' },
      { sid: sidOf(Beacon, 2), kind: 'road', position: 'west' },
    ]);
    gateway.sandbox.setRecords(`/v1/Beacons/${beacon}/Readings`, [{ level: 'a' }, { level: 'b' }]);
  });
  afterAll(() => gateway.close());

  it('is not mentioned outside the tests', () => {
    expect(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8')).not.toContain('Beacon');
  });

  it('has arguments that the upstream evaluates, and cursors that are bound to them', async () => {
    const query = `query ($kind: BeaconKind, $after: String) {
      beacons(kind: $kind, first: 1, after: $after) { nodes { sid } pageInfo { endCursor hasNextPage } }
    }`;
    const pageOf = async (variables: object) => {
      const { data, errors, upstreamRequests } = await send(query, variables);
      const beacons = data.beacons as Page | null;
      return { beacons, upstreamRequests, codes: errors.map(({ extensions }) => extensions.code) };
    };
    const first = await pageOf({ kind: 'ROAD' });
    expect(gateway.sandbox.requests.at(-1)?.query.get('Kind')).toBe('road');
    expect(first.beacons?.nodes).toEqual([{ sid: beacon }]);
    const after = first.beacons?.pageInfo.endCursor;
    const second = await pageOf({ kind: 'ROAD', after });
    expect([second.beacons?.nodes, second.upstreamRequests]).toEqual([[{ sid: sidOf(Beacon, 2) }], 1]);
    // The page URL repeats the filter: it is sent once.
    expect(gateway.sandbox.requests.at(-1)?.query.getAll('Kind')).toEqual(['road']);
    for (const kind of ['SEA_MARK', null]) {
      expect(await pageOf({ kind, after })).toEqual({
        beacons: null,
        upstreamRequests: 0,
        codes: ['BAD_USER_INPUT'],
      });
    }
  });

  it('multiplies its cost by the size of the list that it stands in, and is refused with both numbers', async () => {
    const nested = (first: number) =>
      `{ beacons(first: ${first}) { nodes { readings(first: 1) { nodes { level } } } } }`;
    const refused = await send(nested(30));
    expect([refused.status, codesOf(refused), refused.upstreamRequests]).toEqual([
      400,
      ['BAD_USER_INPUT'],
      0,
    ]);
    expect(refused.errors[0]?.message).toMatch(/31 .*30/);
    for (let run = 0; run < 6; run += 1) {
      const served = await send(nested(3));
      expect([served.status, served.upstreamRequests]).toEqual([200, 4]);
      expect(served.data).toEqual({
        beacons: {
          nodes: [
            { readings: { nodes: [{ level: 'a' }] } },
            { readings: { nodes: [] } },
            { readings: { nodes: [] } },
          ],
        },
      });
    }
  });

  it('withholds a field with a scope: one error for the list, and no request for the field alone', async () => {
    const query = '{ beacons { nodes { note position } } }';
    for (let run = 0; run < 6; run += 1) {
      const { data, errors } = await send(query, {}, 'some');
      const { nodes } = data.beacons as Page;
      expect(nodes).toEqual([null, 'green', null].map((note) => ({ note, position: null })));
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
    }
    const allowed = await send(query);
    expect(JSON.stringify(allowed.data)).toContain('south');
    const single = await send(
      `{ beacon(sid: "${beacon}") { position readings { nodes { level } } } }`,
      {},
      'some',
    );
    expect(single.upstreamRequests).toBe(1);
  });

  it('is read from nested members and from other spellings, and has fields that are derived', async () => {
    const { data } = await send('{ beacons(first: 2) { nodes { level note kind silent } } }');
    expect(data).toEqual({
      beacons: {
        nodes: [
          { level: 70, note: null, kind: 'ROAD', silent: true },
          { level: null, note: 'green', kind: 'SEA_MARK', silent: true },
        ],
      },
    });
  });

  it('is an entity and a node, and its list is read below a SIM', async () => {
    const { data } = await send('{ _service { sdl } }');
    const { sdl } = data._service as { sdl: string };
    expect(sdl).toMatch(/type Beacon implements Node\s+@key\(fields: "sid"\)\s+@key\(fields: "id"\)/);
    expect(sdl).toMatch(/type Reading\s+@key\(fields: "id", resolvable: false\)/);
    expect(sdl).toContain('@requiresScopes(scopes: [["wireless:location"]])');
    const below = await send(`{ sim(sid: "${sim}") { beacons { nodes { sid } } } }`);
    expect(below.data).toEqual({ sim: { beacons: { nodes: [{ sid: beacon }] } } });
    expect(
      gateway.sandbox.requests.at(-1)?.query.get('Sim') ?? gateway.sandbox.requests.at(-2)?.query.get('Sim'),
    ).toBe(sim);
  });

  it('says that the SIM is unknown where only a list is selected that cannot tell', async () => {
    const unknown = await send(`{ sim(sid: "${sidOf(Sim, 5)}") { beacons { nodes { sid } } } }`);
    expect([unknown.data, unknown.errors]).toEqual([{ sim: null }, []]);
  });
});
