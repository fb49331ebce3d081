import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { schema } from '../../src/schema/schema.js';
import { KnownOperations } from '../../src/server/known-operations.js';

/** Notes as many executions of an operation as it takes for the fast path to find it. */
function execute(known: KnownOperations, text: string, name?: string, executions = 4): void {
  const document = parse(text);
  for (let run = 0; run < executions; run += 1) known.note(schema, document, name);
}

describe('the fast path', () => {
  it('takes an operation that Yoga has executed four times', () => {
    const known = new KnownOperations();
    const text = '{ __typename }';
    execute(known, text, undefined, 3);
    expect(known.find(text, undefined)).toBeNull();
    execute(known, text, undefined, 1);
    expect(known.find(text, undefined)).not.toBeNull();
    expect(known.find('{ __typename  }', undefined)).toBeNull();
  });

  it('finds an operation by its own name, by none where it is the only one, and by no other', () => {
    const known = new KnownOperations();
    const [single, two] = ['query A { __typename }', 'query A { __typename } query B { b: __typename }'];
    execute(known, single);
    execute(known, two, 'B');
    for (const name of ['A', null, undefined]) expect(known.find(single, name)?.safeName).toBe('A');
    expect(known.find(two, 'B')?.safeName).toBe('B');
    for (const name of ['A', null, undefined, '', 'toString', '__proto__']) {
      execute(known, two, name ?? undefined, name === 'A' ? 0 : 4);
      expect(known.find(two, name)).toBeNull();
    }
  });

  it.each([
    ['a directive other than @include and @skip', '{ ... @defer { __typename } }'],
    ['a variable named like a member of Object.prototype', 'query ($toString: Int) { __typename }'],
  ])('leaves an operation with %s to Yoga', (_what, text) => {
    const known = new KnownOperations();
    execute(known, text, undefined, 10);
    expect(known.find(text, undefined)).toBeNull();
  });

  it.each([
    ['that is missing', {}],
    ['that is null where it must not be', { id: null, n: 1 }],
    ['of the wrong type', { id: 'x', n: '1' }],
    ['that has to be converted', { id: 7, n: 1 }],
    ['of a list type', { id: 'x', n: 1, ids: ['x'] }],
  ])('leaves an operation with a variable %s to Yoga', (_what, variables) => {
    const known = new KnownOperations();
    const text = 'query ($id: ID!, $n: Int = 2, $s: String = null, $ids: [ID!]) { __typename }';
    execute(known, text);
    const operation = known.find(text, undefined);
    expect(operation?.coerce(variables)).toBeNull();
    expect(operation?.coerce({ id: 'x', more: 1 })).toEqual({ id: 'x', n: 2, s: null });
    expect(operation?.coerce({ id: 'x', n: null })).toEqual({ id: 'x', n: null, s: null });
  });

  it('forgets the operations that were used least, however short their documents are', () => {
    const known = new KnownOperations();
    const text = '{ __typename }';
    execute(known, text);
    for (let index = 0; index < 6000; index += 1) execute(known, `{ a${index}: __typename }`, undefined, 1);
    expect(known.find(text, undefined)).toBeNull();
  });

  it('counts every form that an operation is compiled in', () => {
    const known = new KnownOperations();
    const [one, other] = ['A', 'B'].map((name) => {
      const long = Array.from({ length: 8000 }, () => '__typename').join(' ');
      return `query ${name}($a: Boolean!, $b: Boolean!, $c: Boolean!, $d: Boolean!) {
        ${long} a: __typename @include(if: $a) b: __typename @include(if: $b)
        c: __typename @include(if: $c) d: __typename @include(if: $d) }`;
    });
    execute(known, one ?? '');
    execute(known, other ?? '');
    for (let bits = 0; bits < 16; bits += 1) {
      const [a, b, c, d] = [1, 2, 4, 8].map((bit) => (bits & bit) > 0);
      expect(known.find(other ?? '', undefined)?.formFor({ a, b, c, d })).not.toBeNull();
    }
    // 18 times 90,000 characters are more than there is room for.
    expect(known.find(one ?? '', undefined)).toBeNull();
  });
});
