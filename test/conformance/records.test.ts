import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MalformedMember } from '../../src/resources/member.js';
import { recordDecoder } from '../../src/resources/record.js';
import { wireRecords } from './arbitraries.js';
import { expectedFields, fieldsOf } from './queries.js';
import { sidOf, Target } from './target.js';
import { testCatalog } from './test-catalog.js';

let target: Target;

beforeAll(async () => {
  target = await Target.start();
});
afterAll(() => target.close());

const context = { requestId: null, onUnknownEnumValue() {} };
const globalId = (name: string, sid: string) => Buffer.from(`${name}:${sid}`).toString('base64');

describe.each(
  testCatalog.resources.flatMap((resource) =>
    resource.single === null ? [] : [[resource.name, resource, resource.single] as const],
  ),
)('records of %s', (name, resource, single) => {
  const decode = recordDecoder(resource);
  const selection = fieldsOf(resource);
  const queries = {
    [single.field]: `query ($sid: ID!) { object: ${single.field}(sid: $sid) { ${selection} } }`,
    node: `query ($id: ID!) { object: node(id: $id) { ... on ${name} { ${selection} } } }`,
    _entities: `query ($r: [_Any!]!) { object: _entities(representations: $r) { ... on ${name} { ${selection} } } }`,
  };
  const variablesFor = (sid: string) => ({
    sid,
    id: globalId(name, sid),
    r: [{ __typename: name, sid }],
  });
  const fetched = async (query: string, sid: string) => {
    const result = await target.send(query, variablesFor(sid));
    const object = result.data?.object as Record<string, unknown> | null | unknown[];
    return { result, object: (Array.isArray(object) ? object[0] : object) as Record<string, unknown> | null };
  };

  it.each(Object.entries(queries))('have every declared field through %s', async (_field, query) => {
    let serial = 0;
    await fc.assert(
      fc.asyncProperty(wireRecords(resource), async (wire) => {
        serial += 1;
        const record = { ...wire, sid: sidOf(resource, serial) };
        target.sandbox.setRecords(single.collection.path, [record]);
        const { object, result } = await fetched(query, record.sid);
        const decoded = decode(record, context);
        expect(object).toEqual({ id: globalId(name, record.sid), ...expectedFields(resource, decoded) });
        const malformed = Object.keys(resource.fields).filter(
          (field) => decoded[field] instanceof MalformedMember,
        );
        expect((result.errors ?? []).map(({ path = [] }) => path.at(-1)).sort()).toEqual(malformed.sort());
        expect(result.upstreamRequests).toHaveLength(1);
      }),
      { numRuns: 40 },
    );
  });

  it.each(Object.entries(queries))(
    'are null through %s if the upstream does not have them',
    async (_field, query) => {
      target.sandbox.setRecords(single.collection.path, []);
      const { object, result } = await fetched(query, sidOf(resource, 1));
      expect([object, result.errors]).toEqual([null, undefined]);
    },
  );

  it.each(Object.entries(queries))(
    'are requested through %s only by a SID of theirs',
    async (_field, query) => {
      for (const sid of ['', '../Sims', 'a name', `${sidOf(resource, 1)}0`]) {
        const { object, result } = await fetched(query, sid);
        expect([object, result.errors?.[0]?.extensions?.code]).toEqual([null, 'BAD_USER_INPUT']);
        expect(result.upstreamRequests).toEqual([]);
      }
    },
  );

  it('are fetched by both keys of an entity, many with one listing', async () => {
    const records = Array.from({ length: 50 }, (_, index) => ({ sid: sidOf(resource, index) }));
    target.sandbox.setRecords(single.collection.path, records);
    const field = Object.keys(resource.fields).at(1) ?? 'sid';
    const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on ${name} { sid ${field} } } }`;
    const r = records.map(({ sid }, index) =>
      index % 2 === 0 ? { __typename: name, sid } : { __typename: name, id: globalId(name, sid) },
    );
    const result = await target.send(query, { r });
    expect(result.data?._entities).toEqual(records.map(({ sid }) => ({ sid, [field]: null })));
    expect(result.upstreamRequests).toHaveLength(single.listAbove === null ? records.length : 1);
  });
});
