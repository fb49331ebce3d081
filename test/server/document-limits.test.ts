import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codesOf, startWireGateway, type WireAnswer, type WireGateway } from '../support/wire.js';

describe('document limits', () => {
  let gateway: WireGateway;

  beforeAll(async () => {
    gateway = await startWireGateway();
  });
  afterAll(() => gateway.close());

  const post = (query: string, headers?: Record<string, string>) => gateway.post({ query }, headers);

  function expectLimit(answer: WireAnswer, message: string): void {
    expect(answer.status).toBe(400);
    expect(new Set(codesOf(answer))).toEqual(new Set(['BAD_USER_INPUT']));
    expect(answer.body?.errors?.map((error) => error.message)).toContain(message);
    expect(answer.upstreamRequests).toBe(0);
  }

  const aliases = (count: number) => Array.from({ length: count }, (_, n) => `a${n}: __typename`).join(' ');
  const nested = (levels: number) => `${'{ ofType '.repeat(levels)}{ name }${' }'.repeat(levels)}`;

  it('allow 100 aliases', async () => {
    expect(codesOf(await post(`{ ${aliases(100)} }`))).toEqual([]);
    expectLimit(await post(`{ ${aliases(101)} }`), 'Document too large: 101 aliases, limit 100.');
  });

  it('allow 100 directives', async () => {
    const query = (count: number) => `{ ${'__typename @skip(if: false) '.repeat(count)} }`;
    expect(codesOf(await post(query(100)))).toEqual([]);
    expectLimit(await post(query(101)), 'Document too large: 101 directives, limit 100.');
  });

  it('allow 2,000 tokens', async () => {
    const query = (tokens: number) => `{ nodes(ids: [${'"" '.repeat(tokens - 19)}]) @skip(if: true) { id } }`;
    expect(codesOf(await post(query(2000)))).toEqual([]);
    expectLimit(await post(query(2001)), 'Document too large: 2001 tokens, limit 2000.');
  });

  it('allow 20 levels of fields, including those of fragments', async () => {
    // __schema, types, the levels of ofType, name.
    const query = (levels: number) => `{ __schema { types ${nested(levels - 3)} } }`;
    expect(codesOf(await post(query(20)))).toEqual([]);
    expectLimit(await post(query(21)), 'Document too large: 21 levels of fields, limit 20.');
    const spread = `{ __schema { types { ...Ten } } }
      fragment Ten on __Type ${nested(9).replace('name', '...Nine')}
      fragment Nine on __Type ${nested(9)}`;
    expectLimit(await post(spread), 'Document too large: 21 levels of fields, limit 20.');
  });

  it('are checked in linear time for nested fragments', async () => {
    const fragments = Array.from(
      { length: 60 },
      (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`,
    );
    const query = `{ ...F0 } ${fragments.join(' ')} fragment F60 on Query { __typename }`;
    expect(codesOf(await post(query))).toEqual([]);
    const circle = '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }';
    expect(codesOf(await post(circle))).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  });

  it('reject with the same status for a client that only accepts application/json', async () => {
    expect((await post(`{ ${aliases(101)} }`, { accept: 'application/json' })).status).toBe(400);
    expect((await post(`{ ${'__typename '.repeat(2000)} }`, { accept: 'application/json' })).status).toBe(
      400,
    );
  });

  it('allow the introspection query of GraphiQL', async () => {
    const query = getIntrospectionQuery({
      descriptions: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      oneOf: true,
    });
    expect(codesOf(await post(query))).toEqual([]);
  });

  it('allow a router’s query for a hundred entities with records and sessions', async () => {
    const query = `query ($representations: [_Any!]!) {
      _entities(representations: $representations) {
        ... on Sim { status dataSessions(first: 50) { edges { node { start } } } }
      }
    }`;
    const sids = Array.from({ length: 100 }, (_, n) => `DE${String(n).padStart(32, '0')}`);
    const representations = sids.map((sid) => ({ __typename: 'Sim', sid }));
    const answer = await gateway.post({ query, variables: { representations } });
    expect(codesOf(answer)).toEqual([]);
  });
});

describe('INTROSPECTION=off', () => {
  let gateway: WireGateway;

  beforeAll(async () => {
    gateway = await startWireGateway({ env: { INTROSPECTION: 'off' } });
  });
  afterAll(() => gateway.close());

  it.each(['{ __schema { types { name } } }', '{ __type(name: "Sim") { name } }', '{ _service { sdl } }'])(
    'rejects %s',
    async (query) => {
      const answer = await gateway.post({ query });
      expect(new Set(codesOf(answer))).toEqual(new Set(['GRAPHQL_VALIDATION_FAILED']));
      expect(answer.body?.data).toBeUndefined();
    },
  );

  it('removes suggestions from validation errors', async () => {
    const queries = [
      '{ simm(sid: 1) { sid } }',
      '{ sim(sidd: 1) { sid } }',
      '{ ... on Quer { __typename } }',
    ];
    const open = await startWireGateway();
    for (const query of queries) {
      expect((await open.post({ query })).text).toContain('Did you mean');
      const answer = await gateway.post({ query });
      expect(answer.text).not.toContain('Did you mean');
      expect(new Set(codesOf(answer))).toEqual(new Set(['GRAPHQL_VALIDATION_FAILED']));
    }
    await open.close();
  });

  it('allows __typename', async () => {
    expect(codesOf(await gateway.post({ query: '{ __typename }' }))).toEqual([]);
  });
});
