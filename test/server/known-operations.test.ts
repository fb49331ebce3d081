import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { OperationCache } from '../../src/fast-path/operation-cache.js';
import { schema } from '../support/schema.js';

/** Records executions of an operation until it is compiled. */
function execute(known: OperationCache, text: string, name?: string, executions = 4): void {
  const document = parse(text);
  for (let run = 0; run < executions; run += 1) known.recordExecution(document, name);
}

describe('OperationCache', () => {
  it('compiles an operation at the fourth execution', () => {
    const known = new OperationCache(schema, () => null);
    const text = '{ __typename }';
    execute(known, text, undefined, 3);
    expect(known.get(text, undefined)).toBeNull();
    execute(known, text, undefined, 1);
    expect(known.get(text, undefined)).not.toBeNull();
    expect(known.get('{ __typename  }', undefined)).toBeNull();
  });

  it('finds an operation by its name, or without a name if it is the only one', () => {
    const known = new OperationCache(schema, () => null);
    const [single, two] = ['query A { __typename }', 'query A { __typename } query B { b: __typename }'];
    execute(known, single);
    execute(known, two, 'B');
    for (const name of ['A', null, undefined])
      expect(known.get(single, name)?.operation.sanitizedName).toBe('A');
    expect(known.get(two, 'B')?.operation.sanitizedName).toBe('B');
    for (const name of ['A', null, undefined, '', 'toString', '__proto__']) {
      execute(known, two, name ?? undefined, name === 'A' ? 0 : 4);
      expect(known.get(two, name)).toBeNull();
    }
  });

  it.each([
    ['a directive other than @include and @skip', '{ ... @defer { __typename } }'],
    ['a variable named like a member of Object.prototype', 'query ($toString: Int) { __typename }'],
  ])('does not compile an operation with %s', (_what, text) => {
    const known = new OperationCache(schema, () => null);
    execute(known, text, undefined, 10);
    expect(known.get(text, undefined)).toBeNull();
  });

  it.each([
    ['that is missing', {}],
    ['that is null where it must not be', { id: null, n: 1 }],
    ['of the wrong type', { id: 'x', n: '1' }],
  ])('returns null for a variable %s', (_what, variables) => {
    const known = new OperationCache(schema, () => null);
    const text = 'query ($id: ID!, $n: Int = 2, $s: String = null, $ids: [ID!]) { __typename }';
    execute(known, text);
    const found = known.get(text, undefined);
    const coerce = (sent: object) => found?.operation.coerce({ ...sent }, found.literals);
    expect(coerce(variables)).toBeNull();
    expect(coerce({ id: 'x', more: 1 })).toEqual({ id: 'x', n: 2, s: null });
    expect(coerce({ id: 'x', n: null })).toEqual({ id: 'x', n: null, s: null });
    expect(coerce({ id: 7, ids: ['x', 8] })).toEqual({
      id: '7',
      n: 2,
      s: null,
      ids: ['x', '8'],
    });
  });

  describe('a document with literals', () => {
    const query = (sid: string, first: number) =>
      `{ sim(sid: "${sid}") { dataSessions(first: ${first}) { __typename } } }`;

    it('shares an entry with documents that only differ in their literals', () => {
      const known = new OperationCache(schema, () => null);
      for (const [index, sid] of ['a', 'bb', '', 'd d'].entries())
        execute(known, query(sid, index), undefined, 1);
      const found = known.get(query('other', 7), undefined);
      const variables = found?.operation.coerce({}, found.literals);
      expect(variables).toEqual({ '0literal': 'other', '1literal': 7 });
    });

    it.each([
      ['a literal that does not fit its argument', query('a', 2 ** 40)],
      ['a string with an escape sequence', query('\\n', 1)],
      ['another kind of literal', '{ sim(sid: "a") { dataSessions(first: "1") { __typename } } }'],
      ['a comment', `${query('a', 1)} # 1`],
    ])('is not found with %s', (_what, text) => {
      const known = new OperationCache(schema, () => null);
      execute(known, query('a', 1));
      const found = known.get(text, undefined);
      expect(found?.operation.coerce({}, found.literals) ?? null).toBeNull();
    });

    it('keeps the literals of variable defaults and directives as constants', () => {
      const known = new OperationCache(schema, () => null);
      const text = (value: number) =>
        `query ($n: Int = ${value}) { sim(sid: "a") { dataSessions(first: $n) { __typename } } }`;
      execute(known, text(1));
      const same = known.get(text(1), undefined);
      expect(same?.operation.coerce({}, same.literals)).toEqual({ n: 1, '1literal': 'a' });
      const other = known.get(text(2), undefined);
      expect(other?.operation.coerce({}, other.literals)).toBeNull();
    });
  });

  it('removes the least recently used operations, also for short documents', () => {
    const known = new OperationCache(schema, () => null);
    const text = '{ __typename }';
    execute(known, text);
    for (let index = 0; index < 6000; index += 1) execute(known, `{ a${index}: __typename }`, undefined, 1);
    expect(known.get(text, undefined)).toBeNull();
  });

  it('counts each compiled variant of an operation', () => {
    const known = new OperationCache(schema, () => null);
    const [one, other] = ['A', 'B'].map((name) => {
      const long = Array.from({ length: 1580 }, () => '__typename').join(' ');
      return `query ${name}($a: Boolean!, $b: Boolean!, $c: Boolean!, $d: Boolean!) {
        ${long} a: __typename @include(if: $a) b: __typename @include(if: $b)
        c: __typename @include(if: $c) d: __typename @include(if: $d) }`;
    });
    execute(known, one ?? '');
    execute(known, other ?? '');
    for (let bits = 0; bits < 16; bits += 1) {
      const [a, b, c, d] = [1, 2, 4, 8].map((bit) => (bits & bit) > 0);
      expect(known.get(other ?? '', undefined)?.operation.variantFor({ a, b, c, d })).not.toBeNull();
    }
    // 18 times 17,400 characters exceed the capacity.
    expect(known.get(one ?? '', undefined)).toBeNull();
  });
});
