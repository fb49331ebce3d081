import fc from 'fast-check';
import { getNamedType, getOperationAST, getVariableValues, isObjectType, Kind, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { costCeiling } from '../../src/graphql/cost/ceiling.js';
import { maxPriceOf } from '../../src/graphql/cost/estimate.js';
import type { ValidOperation } from '../../src/graphql/cost/root-fields.js';
import { listFieldOf } from '../../src/graphql/schema/declared.js';
import { createSchema } from '../../src/graphql/schema/index.js';
import { SCOPES } from '../../src/resources/scopes.js';
import { testCatalog } from '../conformance/test-catalog.js';
import { requestsOfOneDocument } from '../support/operations.js';
import { schema } from '../support/schema.js';
import { codesOf, startWireGateway, type WireGateway } from '../support/wire.js';

const TRACKER = { name: 'tracker', scopes: new Set(SCOPES), account: 'default' };
/** Upstream requests that an operation can take, with one for each walk over a whole list. */
const maxCostOf = (operation: ValidOperation, variables: Record<string, unknown>, viewer: typeof TRACKER) => {
  const { requests, walks } = maxPriceOf(operation, variables, viewer, Date.now());
  return requests + walks;
};
const sidAt = (index: number) => `DE${index.toString(16).padStart(32, '0')}`;
const idAt = (index: number) => Buffer.from(`Sim:${sidAt(index)}`).toString('base64');
const upTo = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, n) => make(n));

const ENTITIES = (selection: string) => `query ($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on Sim { ${selection} } }
}`;
const representations = (count: number) => upTo(count, (n) => ({ __typename: 'Sim', sid: sidAt(n) }));

describe('the cost estimate of an operation', () => {
  let gateway: WireGateway;

  beforeAll(async () => {
    gateway = await startWireGateway({ env: { MAX_UPSTREAM_REQUESTS: '1' } });
  });
  afterAll(() => gateway.close());

  /** Returns the cost estimate: with limit 1 a higher one is in the error. */
  async function worstCase(query: string, variables: object = {}): Promise<number> {
    const answer = await gateway.post({ query, variables });
    const [error] = answer.body?.errors ?? [];
    const cost = error?.extensions.cost as { worstCase: number; limit: number } | undefined;
    if (cost === undefined) {
      // An accepted operation must not take more requests than estimated.
      expect(answer.upstreamRequests).toBeLessThanOrEqual(1);
      return answer.upstreamRequests;
    }
    expect(answer.status).toBe(400);
    expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
    expect(error?.message).toContain(String(cost.worstCase));
    expect(error?.message).toContain('limit 1.');
    expect(answer.upstreamRequests).toBe(0);
    return cost.worstCase;
  }
  const ofSim = (selection: string) => worstCase(`{ sim(sid: "${sidAt(0)}") { ${selection} } }`);

  it('is 1 for a first window of any size and 1 for the record of a SIM', async () => {
    expect(await ofSim('dataSessions(first: 1000) { edges { cursor } }')).toBe(1);
    expect(await ofSim('status')).toBe(1);
    expect(await ofSim('status dataSessions { edges { cursor } }')).toBe(2);
  });

  it('is 2 for a window with a cursor', async () => {
    expect(await ofSim('dataSessions(first: 50, after: "x") { edges { cursor } }')).toBe(2);
    expect(await ofSim('dataSessions(last: 50, before: "x") { edges { cursor } }')).toBe(2);
    expect(await ofSim('dataSessions(first: 1000, after: "x") { edges { cursor } }')).toBe(2);
  });

  it('is the page budget for a window at the end of a list', async () => {
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

  it('includes the listing of the account for many records', async () => {
    expect(await worstCase(ENTITIES('status'), { representations: representations(20) })).toBe(21);
  });

  it('counts the same SIM and the same window once', async () => {
    const window = 'dataSessions(first: 5) { edges { cursor } }';
    const twice = `a: sim(sid: "${sidAt(0)}") { status ${window} } b: sim(sid: "${sidAt(0)}") { iccid ${window} }`;
    expect(await worstCase(`{ ${twice} }`)).toBe(2);
    expect(await ofSim(`${window} longer: dataSessions(first: 9) { edges { cursor } }`)).toBe(1);
  });

  it('includes fragments, variables, @include and @defer', async () => {
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

  it('is 0 for invalid arguments, which have an error of their own', async () => {
    expect(await ofSim('dataSessions(first: -1) { edges { cursor } }')).toBeLessThan(2);
    const answer = await gateway.post({ query: 'query ($sid: ID!) { sim(sid: $sid) { sid } }' });
    expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
    expect(answer.text).toContain('$sid');
  });
});

describe('the cost estimate of a compiled operation', () => {
  it('treats an empty cursor as absent after other cursors', async () => {
    const gateway = await startWireGateway({ env: { MAX_UPSTREAM_REQUESTS: '5' } });
    const query = `query ($sid: ID!, $before: String) {
      sim(sid: $sid) { dataSessions(last: 5, before: $before) { edges { cursor } } }
    }`;
    const [sid] = gateway.sandbox.simSids;
    const first = `query ($sid: ID!) { sim(sid: $sid) { dataSessions(first: 9) { pageInfo { endCursor } } } }`;
    const { text } = await gateway.post({ query: first, variables: { sid } });
    const endCursor = /"endCursor":"([^"]+)"/.exec(text)?.[1];
    for (let time = 0; time < 6; time += 1) {
      expect((await gateway.post({ query, variables: { sid, before: endCursor } })).status).toBe(200);
    }
    for (const before of ['', null]) {
      const answer = await gateway.post({ query, variables: { sid, before } });
      expect(answer.status).toBe(400);
      expect(answer.body?.errors?.[0]?.extensions.cost).toEqual({ worstCase: 25, limit: 5 });
      expect(answer.upstreamRequests).toBe(0);
    }
    await gateway.close();
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
  ])('allows a batch of a hundred entities by default: %s', async (selection) => {
    const answer = await gateway.post({
      query: ENTITIES(selection),
      variables: { representations: representations(100) },
    });
    expect(answer.text).not.toContain('Operation too expensive');
  });

  it('is 500 by default, inclusive', async () => {
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

  it('rejects by default a batch of 500 SIMs with records, and of 250 SIMs with records and windows', async () => {
    const refusalOf = async (selection: string, count: number) => {
      const answer = await gateway.post({
        query: ENTITIES(selection),
        variables: { representations: representations(count) },
      });
      return answer.body?.errors?.[0]?.extensions.cost;
    };
    const window = 'dataSessions(first: 50) { edges { cursor } }';
    // The records take one listing of the account, or one request each.
    expect(await refusalOf('status', 499)).toBeUndefined();
    expect(await refusalOf('status', 500)).toEqual({ worstCase: 501, limit: 500 });
    expect(await refusalOf(`status ${window}`, 249)).toBeUndefined();
    expect(await refusalOf(`status ${window}`, 250)).toEqual({ worstCase: 501, limit: 500 });
    expect(await refusalOf('sid', 1000)).toEqual({ worstCase: 1001, limit: 500 });
  });
});

describe('the cost limit of a compiled operation', () => {
  let gateway: WireGateway;

  beforeAll(async () => {
    gateway = await startWireGateway({ env: { MAX_UPSTREAM_REQUESTS: '5' } });
  });
  afterAll(() => gateway.close());

  /** Executes an operation until it is compiled. */
  async function warmUp(query: string, variables: object): Promise<void> {
    for (let run = 0; run < 7; run += 1) expect((await gateway.post({ query, variables })).status).toBe(200);
  }
  async function costOf(query: string, variables: object): Promise<unknown> {
    const answer = await gateway.post({ query, variables });
    return answer.body?.errors?.[0]?.extensions.cost ?? answer.upstreamRequests;
  }

  it('depends on the value of a condition', async () => {
    const query = `query ($sid: ID!, $big: Boolean!) { sim(sid: $sid) {
      sid
      dataSessions(first: 1) { edges { cursor } }
      all: dataSessions(last: 1) @include(if: $big) { edges { cursor } }
    } }`;
    const sid = sidAt(0);
    await warmUp(query, { sid, big: false });
    for (const small of [
      { 'big=true': 'x', big: false },
      { big: false, 'big=true': 'x' },
    ]) {
      expect(await costOf(query, { sid, ...small })).toBe(1);
    }
    for (const big of [{ big: true, 'big=false': 'x' }, { 'big=false': 'x', big: true }, { big: true }]) {
      expect(await costOf(query, { sid, ...big })).toEqual({ worstCase: 26, limit: 5 });
    }
  });

  it('uses the value of a variable whose name looks like a SID', async () => {
    const window = '{ dataSessions(first: 1, after: "x") { edges { cursor } } }';
    const more = `c: sim(sid: "${sidAt(2)}") ${window}`;
    const query = `query ($${sidAt(1)}: ID!) { a: sim(sid: "${sidAt(1)}") ${window} b: sim(sid: $${sidAt(1)}) ${window} ${more} }`;
    await warmUp(query, { [sidAt(1)]: sidAt(1) });
    expect(await costOf(query, { [sidAt(1)]: sidAt(0) })).toEqual({ worstCase: 6, limit: 5 });
  });

  it('depends on the variables in the arguments of a window', async () => {
    const query = `query ($sid: ID!, $first: Int, $last: Int, $before: String) {
      sim(sid: $sid) { dataSessions(first: $first, last: $last, before: $before) { edges { cursor } } }
    }`;
    const sid = sidAt(0);
    await warmUp(query, { sid, first: 1 });
    expect(await costOf(query, { sid, last: 1 })).toEqual({ worstCase: 25, limit: 5 });
    expect(await costOf(query, { sid, last: 1, before: 'x' })).toBe(0);
    expect(await costOf(query, { sid, last: 1, before: null })).toEqual({ worstCase: 25, limit: 5 });
  });
});

describe('the cost estimate and the schema', () => {
  const objectTypes = Object.values(schema.getTypeMap()).filter(isObjectType);
  const isConnection = (type: unknown) => isObjectType(type) && 'pageInfo' in type.getFields();

  it('is the declared list of every connection field', () => {
    const connections = objectTypes.flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => isConnection(getNamedType(field.type)))
        .map((field) => ({ name: `${type.name}.${field.name}`, list: listFieldOf(field) })),
    );
    expect(connections.map(({ name }) => name).sort()).toEqual([
      'Query.commands',
      'Query.ratePlans',
      'Query.sims',
      'Query.usageRecords',
      'RatePlan.sims',
      'Sim.commands',
      'Sim.dataSessions',
      'Sim.usageRecords',
    ]);
    for (const { name, list } of connections) expect(list, name).not.toBeNull();
  });

  it('cover each field of Query that requests a SIM', () => {
    // A new field of Query needs a cost, or must be known to have none.
    expect(Object.keys(schema.getQueryType()?.getFields() ?? {}).sort()).toEqual([
      '_entities',
      '_service',
      'caller',
      'command',
      'commands',
      'limits',
      'node',
      'nodes',
      'ratePlan',
      'ratePlans',
      'sim',
      'sims',
      'simsBySid',
      'simsCount',
      'usage',
      'usageRecords',
    ]);
  });

  const declared = createSchema(testCatalog);
  const beacon = `BC${'0'.repeat(32)}`;
  const costs = (query: string, variables: Record<string, unknown> = {}) => {
    const document = parse(query);
    const definition = getOperationAST(document);
    if (definition == null) throw new Error('no operation');
    const operation = { schema: declared, document, definition };
    return [maxCostOf(operation, variables, TRACKER), costCeiling(operation, variables)];
  };

  it('is the page budget of each list', () => {
    const [records, sessions] = [
      'beacons(last: 1) { pageInfo { endCursor } }',
      'dataSessions(last: 1) { nodes { sid } }',
    ];
    expect(costs(`{ ${records} }`)).toEqual([7, 7]);
    expect(costs(`{ sim(sid: "x") { ${records} } }`)).toEqual([9 + 1, 9 + 1]);
    expect(costs(`{ sim(sid: "x") { ${records} ${sessions} status } }`)).toEqual([9 + 25 + 1, 9 + 25 + 1]);
  });

  it('multiplies what is selected below the records of a window by the size of the window', () => {
    const nested = (size: string, below: string) => `{ beacons(${size}) { edges { node { ${below} } } } }`;
    expect(costs(nested('first: 20', 'note'))).toEqual([1, 7]);
    expect(costs(nested('first: 20', 'readings(first: 1) { nodes { level } }'))[0]).toBe(1 + 20);
    expect(costs(nested('last: 20', 'readings(first: 1, after: "x") { nodes { level } }'))[0]).toBe(
      7 + 20 * 2,
    );
    expect(costs(nested('first: 0', 'readings(first: 1) { nodes { level } }'))[0]).toBe(1);
    expect(costs(nested('first: 20', 'readings { nodes { level } }'))[1]).toBe(7 + 1000 * 3);
  });

  it('counts the same window below edges and nodes once, and other windows beside it', () => {
    const readings = 'readings(first: 1) { nodes { level } }';
    const query = `{ beacons(first: 10) { nodes { ${readings} } edges { node { ${readings} other: readings(last: 1) { nodes { level } } } } } }`;
    expect(costs(query)[0]).toBe(1 + 10 * (1 + 3));
  });

  it('is not reduced by an invalid condition, which stops only the selection set that it stands in', () => {
    const conditional = (below: string) => `query ($x: Boolean = true) { beacons(first: 100) { ${below} } }`;
    const readings = 'readings(first: 1) { nodes { level } }';
    const costOf = (below: string) => {
      const document = parse(conditional(below));
      const definition = getOperationAST(document);
      if (definition == null) throw new Error('no operation');
      return maxCostOf({ schema: declared, document, definition }, { x: null }, TRACKER);
    };
    expect(costOf(`nodes { ${readings} } edges { node { note @include(if: $x) } }`)).toBe(101);
    expect(costOf(`nodes { ${readings} } edges { cursor @include(if: $x) node { ${readings} } }`)).toBe(101);
    expect(costOf('nodes { readings(first: 1) { nodes { level @include(if: $x) } } }')).toBe(101);
    expect(costOf(`nodes { note @include(if: $x) ${readings} }`)).toBe(1);
  });

  it('counts the lookup of a record by its name, also if an invalid condition stops the selection set of the record', () => {
    const document = parse(
      'query ($x: Boolean = true) { sim(uniqueName: "van") { status @include(if: $x) } }',
    );
    const definition = getOperationAST(document);
    if (definition == null) throw new Error('no operation');
    expect(maxCostOf({ schema: declared, document, definition }, { x: null }, TRACKER)).toBe(1);
    expect(costs('{ sim(uniqueName: "van") { dataSessions(first: 1) { nodes { sid } } } }')[0]).toBe(2);
  });

  it('is one for each walk, and one for records of a small collection that others refer to', () => {
    const counts = 'dataSessionsCount { count } groups: dataSessionGroups(by: [DAY]) { precision }';
    const filtered = 'dataSessions(first: 5, filter: { active: true }) { nodes { sid } }';
    expect(costs(`{ sim(sid: "x") { ${counts} ${filtered} } }`)[0]).toBe(1);
    expect(costs(`{ sims(first: 20) { nodes { ${counts} ${filtered} } } }`)[0]).toBe(21);
    expect(costs('{ sims(first: 50) { nodes { ratePlan { friendlyName } } } }')[0]).toBe(2);
    expect(costs('{ sims(first: 50) { nodes { ratePlan { sid } } } }')[0]).toBe(1);
    expect(costs('{ commands(first: 50) { nodes { sim { status } } } }')[0]).toBe(51);
    expect(costs('{ commands(first: 50) { nodes { sim { sid } } } }')[0]).toBe(1);
  });

  it('is one for each request that a range of usage takes', () => {
    const daysAgo = (days: number) =>
      new Date((Math.floor(Date.now() / 86_400_000) - days) * 86_400_000).toISOString();
    const usage = (days: number, granularity: string, more = '') =>
      `{ usageRecords(first: 5, start: "${daysAgo(days)}", end: "${daysAgo(0)}", granularity: ${granularity} ${more}) { nodes { id } } }`;
    expect(costs(usage(31, 'HOURLY'))[0]).toBe(1);
    expect(costs(usage(63, 'HOURLY'))[0]).toBe(3);
    expect(costs(usage(63, 'HOURLY', ', after: "x"'))[0]).toBe(4);
    expect(costs(`{ usage(start: "${daysAgo(500)}", end: "${daysAgo(0)}") { settled } }`)[0]).toBe(1);
    // A range that is rejected sends nothing.
    expect(costs(usage(600, 'DAILY'))[0]).toBe(0);
  });

  it('is that of any object behind node, nodes and _entities', () => {
    const below = '... on Beacon { readings(first: 1) { nodes { level } } note }';
    expect(
      costs(`{ node(id: "${Buffer.from(`Beacon:${beacon}`).toString('base64')}") { ${below} } }`)[0],
    ).toBe(2);
    const entities = `query ($r: [_Any!]!) { _entities(representations: $r) { ${below} } }`;
    const r = [
      { __typename: 'Beacon', sid: beacon },
      { __typename: 'Sim', sid: 'x' },
      { __typename: 'Reading', sid: 'y' },
    ];
    // A SIM of which nothing is selected is looked for by its record.
    expect(costs(entities, { r })).toEqual([3, Number.POSITIVE_INFINITY]);
  });

  it('give a compiled operation a ceiling that its cost does not exceed with any variables', () => {
    fc.assert(
      fc.property(requestsOfOneDocument, (requests) => {
        for (const { query, variables } of requests) {
          const document = parse(query);
          for (const definition of document.definitions) {
            if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
            const given = Object.fromEntries(variables ?? []);
            const { coerced } = getVariableValues(schema, definition.variableDefinitions ?? [], given);
            // With null in a condition the operation is not compiled.
            if (coerced === undefined || coerced.on === null || coerced.off === null) continue;
            const operation = { schema, document, definition };
            expect(maxCostOf(operation, coerced, TRACKER)).toBeLessThanOrEqual(
              costCeiling(operation, coerced),
            );
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
