import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, startTestGateway, type TestGateway } from '../support/gateway.js';
import { hold } from '../support/hold.js';

/** Selections on a SIM, and the requests that each takes. */
const SELECTIONS = [
  { asked: 'nothing but its SID', fields: 'sid', costs: ['sim'] },
  { asked: 'nothing but its type', fields: '__typename', costs: ['sim'] },
  { asked: 'nothing but its id', fields: 'id', costs: ['sim'] },
  { asked: 'fields of its own', fields: 'status iccid', costs: ['sim'] },
  {
    asked: 'its SID and its sessions',
    fields: 'id sid dataSessions(first: 5) { edges { cursor } }',
    costs: ['sessions'],
  },
  {
    asked: 'fields of its own and its sessions',
    fields: 'friendlyName dataSessions(first: 5) { edges { cursor } } eId',
    costs: ['sessions', 'sim'],
  },
];

/** Equivalent spellings of a selection. */
const SPELLINGS: { readonly spelled: string; write(fields: string): string }[] = [
  { spelled: 'plainly', write: (fields) => `query ($sid: ID!) { sim(sid: $sid) { ${fields} } }` },
  {
    spelled: 'with aliases',
    write: (fields) =>
      `query ($sid: ID!) { card: sim(sid: $sid) { ${fields.replace(/(^|(?<=\s))(?=(sid|status|dataSessions)\b)/g, 'my: ').replaceAll(/my: (\w+)/g, 'my_$1: $1')} } }`,
  },
  {
    spelled: 'with an inline fragment',
    write: (fields) => `query ($sid: ID!) { sim(sid: $sid) { ... on Sim { ... { ${fields} } } } }`,
  },
  {
    spelled: 'with fragments in fragments',
    write: (fields) => `query ($sid: ID!) { ...Outer }
      fragment Inner on Sim { ${fields} }
      fragment Middle on Node { ...Inner }
      fragment Outer on Query { sim(sid: $sid) { ...Middle } }`,
  },
  {
    spelled: 'in two places that are merged',
    write: (fields) => `query ($sid: ID!) { sim(sid: $sid) { sid } sim(sid: $sid) { ${fields} } }`,
  },
  {
    spelled: 'with what is not asked for after all',
    write: (fields) => `query ($sid: ID!, $no: Boolean = false, $yes: Boolean = true) { sim(sid: $sid) {
      status @include(if: $no) unwanted: dataSessions @skip(if: $yes) { edges { cursor } }
      ...Never @skip(if: $yes) ... on Sim @include(if: $no) { dateCreated }
      ... @include(if: $yes) { ${fields} }
    } } fragment Never on Sim { iccid other: dataSessions(last: 3) { edges { cursor } } }`,
  },
  {
    spelled: 'under `node`',
    write: (fields) => `query ($id: ID!) { node(id: $id) { ... on Sim { ${fields} } } }`,
  },
  {
    spelled: 'under `nodes`, twice',
    write: (fields) => `query ($id: ID!) { nodes(ids: [$id, $id]) { ... on Sim { ${fields} } } }`,
  },
  {
    spelled: 'as an entity of a supergraph',
    write: (fields) => `query ($sid: ID!) {
      _entities(representations: [{ __typename: "Sim", sid: $sid }]) { ... on Sim { ${fields} } }
    }`,
  },
];

let gateway: TestGateway;
let sid: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  sid = gateway.sandbox.simSids[0] ?? '';
});
afterAll(() => gateway.close());
beforeEach(() => gateway.sandbox.clearRequests());

/** Upstream requests in the notation of the table. */
function costsOf({ upstreamPaths }: Answer<unknown>): string[] {
  return upstreamPaths
    .map((path) => (path === `/v1/Sims/${sid}` ? 'sim' : path.replace(/.*\/DataSessions$/, 'sessions')))
    .sort();
}

describe.each(SPELLINGS)('a SIM that is selected $spelled', ({ write }) => {
  test.each(SELECTIONS)('takes only the necessary requests for $asked', async ({ fields, costs }) => {
    const id = Buffer.from(`Sim:${sid}`).toString('base64');
    const query = write(fields);
    const answer = await gateway.sendText(query, query.includes('$id') ? { id } : { sid });
    expect(answer.errors).toBeUndefined();
    expect(costsOf(answer)).toEqual(costs);
  });
});

test('the page size of the request is the size of the window', async () => {
  const query =
    'query ($sid: ID!, $n: Int = 7) { sim(sid: $sid) { dataSessions(first: $n) { edges { cursor } } } }';
  for (const [n, size] of [
    [undefined, '7'],
    [3, '3'],
    [1000, '1000'],
    [0, '1'],
    [null, '50'],
  ] as const) {
    const { upstreamRequests } = await gateway.sendText(query, n === undefined ? { sid } : { sid, n });
    expect(upstreamRequests.map(({ query }) => query.get('PageSize'))).toEqual([size]);
  }
});

test("a SIM's own fields and its sessions are requested in parallel", async () => {
  const release = hold(gateway.sandbox);
  const answered = gateway.sendText(
    'query ($sid: ID!) { sim(sid: $sid) { status dataSessions(first: 5) { edges { cursor } } } }',
    { sid },
  );
  await gateway.sandbox.requestStarted(2);
  expect(gateway.sandbox.inFlight).toBe(2);
  release();
  expect(costsOf(await answered)).toEqual(['sessions', 'sim']);
}, 5000);

test('several SIMs are requested in parallel', async () => {
  const release = hold(gateway.sandbox);
  const sims = gateway.sandbox.simSids.slice(0, 5);
  const aliases = sims.map(
    (sim, at) => `s${at}: sim(sid: "${sim}") { status dataSessions(first: 2) { edges { cursor } } }`,
  );
  const answered = gateway.sendText(`{ ${aliases.join(' ')} }`);
  await gateway.sandbox.requestStarted(10);
  release();
  expect((await answered).upstreamPaths).toHaveLength(10);
}, 5000);

test('an operation without a SIM sends no upstream request', async () => {
  for (const query of ['{ __typename }', '{ __schema { queryType { name } } }', '{ _service { sdl } }']) {
    const answer = await gateway.sendText(query);
    expect(answer.errors).toBeUndefined();
    expect(answer.extensions.upstream).toEqual({ requests: 0, retries: 0, cacheHits: 0 });
    expect(answer.upstreamPaths).toEqual([]);
  }
});
