import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSchema } from '../../src/graphql/schema/index.js';
import { catalog } from '../../src/resources/index.js';
import { codesOf, startWireGateway, type WireGateway } from '../support/wire.js';

const sidAt = (index: number) => `DE${index.toString(16).padStart(32, '0')}`;
const idAt = (index: number) => Buffer.from(`Sim:${sidAt(index)}`).toString('base64');
const upTo = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, n) => make(n));

const ENTITIES = (selection: string) => `query ($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on Sim { ${selection} } }
}`;
const representations = (count: number) => upTo(count, (n) => ({ __typename: 'Sim', sid: sidAt(n) }));

describe('the worst case of an operation, in upstream requests', () => {
  let gateway: WireGateway;

  beforeAll(async () => {
    gateway = await startWireGateway({ env: { MAX_UPSTREAM_REQUESTS: '1' } });
  });
  afterAll(() => gateway.close());

  /** What the gateway takes the operation for: anything above 1 is refused with the number. */
  async function worstCase(query: string, variables: object = {}): Promise<number> {
    const answer = await gateway.post({ query, variables });
    const [error] = answer.body?.errors ?? [];
    const cost = error?.extensions.cost as { worstCase: number; limit: number } | undefined;
    if (cost === undefined) {
      // What is let pass must not have cost more than it was taken for.
      expect(answer.upstreamRequests).toBeLessThanOrEqual(1);
      return answer.upstreamRequests;
    }
    expect(answer.status).toBe(400);
    expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
    expect(error?.message).toContain(String(cost.worstCase));
    expect(error?.message).toContain('one may take 1.');
    expect(answer.upstreamRequests).toBe(0);
    return cost.worstCase;
  }
  const ofSim = (selection: string) => worstCase(`{ sim(sid: "${sidAt(0)}") { ${selection} } }`);

  it('is one for a first window of any size, and one for the record of a SIM', async () => {
    expect(await ofSim('dataSessions(first: 1000) { edges { cursor } }')).toBe(1);
    expect(await ofSim('status')).toBe(1);
    expect(await ofSim('status dataSessions { edges { cursor } }')).toBe(2);
  });

  it('is two for a window with a cursor', async () => {
    expect(await ofSim('dataSessions(first: 50, after: "x") { edges { cursor } }')).toBe(2);
    expect(await ofSim('dataSessions(last: 50, before: "x") { edges { cursor } }')).toBe(2);
    expect(await ofSim('dataSessions(first: 1000, after: "x") { edges { cursor } }')).toBe(2);
  });

  it('is the whole budget of a window for the end of a list of unknown length', async () => {
    expect(await ofSim('dataSessions(last: 5) { edges { cursor } }')).toBe(25);
  });

  it('grows with the SIMs: by alias, by node, nodes and _entities', async () => {
    const window = 'dataSessions(first: 5) { edges { cursor } }';
    const aliases = upTo(3, (n) => `s${n}: sim(sid: "${sidAt(n)}") { ${window} }`).join(' ');
    expect(await worstCase(`{ ${aliases} }`)).toBe(3);
    expect(await worstCase(`{ node(id: "${idAt(0)}") { ... on Sim { status ${window} } } }`)).toBe(2);
    const nodes = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Sim { ${window} } } }`;
    expect(await worstCase(nodes, { ids: upTo(7, idAt) })).toBe(7);
    expect(await worstCase(ENTITIES(window), { representations: representations(7) })).toBe(7);
    const byId = upTo(7, (n) => ({ __typename: 'Sim', id: idAt(n) }));
    expect(await worstCase(ENTITIES(window), { representations: byId })).toBe(7);
  });

  it('counts the listing that many records are looked for in', async () => {
    expect(await worstCase(ENTITIES('status'), { representations: representations(20) })).toBe(21);
  });

  it('counts the same SIM and the same window once', async () => {
    const window = 'dataSessions(first: 5) { edges { cursor } }';
    const twice = `a: sim(sid: "${sidAt(0)}") { status ${window} } b: sim(sid: "${sidAt(0)}") { iccid ${window} }`;
    expect(await worstCase(`{ ${twice} }`)).toBe(2);
    expect(await ofSim(`${window} longer: dataSessions(first: 9) { edges { cursor } }`)).toBe(1);
  });

  it('sees through fragments, variables, @include and @defer', async () => {
    const query = (include: boolean) => `query ($sid: ID!, $first: Int = 5) {
      ...Root
    }
    fragment Root on Query { sim(sid: $sid) { ...Fields } }
    fragment Fields on Sim {
      a: dataSessions(first: $first) { edges { cursor } }
      b: dataSessions(first: $first, after: "x") @include(if: ${include}) { edges { cursor } }
    }`;
    expect(await worstCase(query(true), { sid: sidAt(0) })).toBe(3);
    expect(await worstCase(query(false), { sid: sidAt(0) })).toBe(1);
    const deferred = `{ sim(sid: "${sidAt(0)}") { sid ... @defer { dataSessions(last: 5) { edges { cursor } } } } }`;
    expect(await worstCase(deferred)).toBe(26);
  });

  it('is nothing for arguments that make no sense: their own error comes', async () => {
    expect(await ofSim('dataSessions(first: -1) { edges { cursor } }')).toBeLessThan(2);
    const answer = await gateway.post({ query: 'query ($sid: ID!) { sim(sid: $sid) { sid } }' });
    expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
    expect(answer.text).toContain('$sid');
  });
});

describe('MAX_UPSTREAM_REQUESTS', () => {
  let gateway: WireGateway;

  beforeAll(async () => {
    gateway = await startWireGateway();
  });
  afterAll(() => gateway.close());

  it.each([
    'status dataSessions(first: 50) { edges { cursor } }',
    'status dataSessions(first: 50, after: "x") { edges { cursor } }',
  ])('lets a batch of a hundred entities pass by default: %s', async (selection) => {
    const answer = await gateway.post({
      query: ENTITIES(selection),
      variables: { representations: representations(100) },
    });
    expect(answer.text).not.toContain('upstream requests: one may');
  });

  it('is 500 by default: exactly that passes, one more does not', async () => {
    const post = (count: number) =>
      gateway.post({
        query: ENTITIES('dataSessions(first: 1) { edges { cursor } }'),
        variables: { representations: representations(count) },
      });
    expect((await post(500)).upstreamRequests).toBe(500);
    const refused = await post(501);
    expect(refused.body?.errors?.[0]?.extensions.cost).toEqual({ worstCase: 501, limit: 500 });
    expect(refused.body?.extensions).toEqual({ upstream: { requests: 0, retries: 0, cacheHits: 0 } });
  });

  it('knows of every field that asks for a SIM', async () => {
    const schema = createSchema(catalog);
    // A new field of Query has to be given a cost, or to be found free of any.
    expect(Object.keys(schema.getQueryType()?.getFields() ?? {}).sort()).toEqual([
      '_entities',
      '_service',
      'node',
      'nodes',
      'sim',
    ]);
  });
});
