import fc from 'fast-check';
import {
  buildSchema,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLObjectType,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  parse,
  validate,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { CompiledQuery } from '../../src/fast-path/compiler/compiled-query.js';
import { JsonWriter } from '../../src/fast-path/json/json-writer.js';

/** All compiled queries share one writer. */
const out = new JsonWriter();

const SCHEMA = buildSchema(`
  interface Named { name: String }
  type Query { one(size: Int = 1, text: String): Node  must: Node!  list(size: Int): [Node]  all: [Node!]!  plain: Int }
  type Node implements Named {
    name: String  id: ID!  count: Int!  ratio: Float  flag: Boolean  kind: Kind  kinds: [Kind!]
    child: Node  must: Node!  children: [Node!]  table: [[Int!]]
  }
  enum Kind { GOOD BAD }
`);

const LEAVES = ['name', 'id', 'count', 'ratio', 'flag', 'kind', 'kinds', 'table', '__typename'];
const OBJECTS = ['child', 'must', 'children'];
const ROOTS = ['one', 'one(size: $n)', 'one(text: "x")', 'must', 'list(size: $n)', 'all'];

/** Values of all kinds, including invalid ones for a field. */
const value = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    'GOOD',
    'BAD',
    'neither',
    '',
    'a "quote"\n',
    'ü €',
    '\ud800',
    true,
  ),
  fc.constantFrom<unknown>(0, -1, 1.5, 2 ** 31, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY),
  fc.constantFrom<unknown>([], [1, 2], [[1], [2, null]], ['GOOD', null], {}, { valueOf: () => 'boxed' }),
);

/** How a resolver returns its value. */
const manner = fc.constantFrom('value', 'promise', 'throws', 'rejects', 'null');

interface Node {
  readonly [field: string]: unknown;
}

/** Objects whose fields are values, promises or errors, and the same on each access. */
function nodeOf(depth: number): fc.Arbitrary<Node> {
  const leaves = fc.dictionary(fc.constantFrom(...LEAVES.slice(0, -1)), fc.tuple(manner, value));
  const children = depth === 0 ? fc.constant<Node[]>([]) : fc.array(nodeOf(depth - 1), { maxLength: 2 });
  const objects = fc.dictionary(fc.constantFrom(...OBJECTS), fc.tuple(manner, children));
  return fc.tuple(leaves, objects).map(([ownLeaves, ownObjects]) => ({
    id: 'an id',
    count: 7,
    ...mapped(ownLeaves, ([how, given]) => brought(how, given)),
    ...mapped(ownObjects, ([how, nodes], name) => brought(how, name === 'children' ? nodes : nodes[0])),
  }));
}

const node = nodeOf(1);

/**
 * Ignores unhandled rejections of graphql-js: if a list item fails synchronously, it drops the promises of earlier items.
 * Unhandled rejections of compiled queries are not ignored.
 */
async function forgiving<T>(run: () => T | Promise<T>): Promise<T> {
  const strict = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', () => undefined);
  const result = await run();
  await new Promise((resolve) => setImmediate(resolve));
  process.removeAllListeners('unhandledRejection');
  for (const listener of strict) process.on('unhandledRejection', listener);
  return result;
}

function mapped<T>(from: Record<string, T>, to: (value: T, name: string) => unknown): Node {
  return Object.fromEntries(Object.entries(from).map(([name, given]) => [name, to(given, name)]));
}

/** Outcome that `resolve` returns. */
interface Brought {
  readonly how: string;
  readonly given: unknown;
}

function brought(how: string, given: unknown): Brought {
  return { how, given };
}

function resolve(source: unknown, name: string): unknown {
  const found = (source as Node)[name];
  if (typeof found !== 'object' || found === null || !('how' in found)) return found;
  const { how, given } = found as Brought;
  if (how === 'throws') throw new Error(`${name} throws`);
  if (how === 'rejects') return Promise.reject(new Error(`${name} rejects`));
  if (how === 'promise') return Promise.resolve(given);
  return how === 'null' ? null : given;
}

for (const type of Object.values(SCHEMA.getTypeMap())) {
  if (!('getFields' in type) || type.name.startsWith('__') || type.name === 'Named') continue;
  for (const field of Object.values(
    (type as NonNullable<ReturnType<typeof SCHEMA.getQueryType>>).getFields(),
  )) {
    // `flag` has no resolver, so it is read as a property that is never a function.
    if (field.name !== 'flag')
      field.resolve = (source, _args, _context, info) => resolve(source, info.fieldName);
  }
}

const directive = fc.constantFrom('', '', '', ' @include(if: $on)', ' @skip(if: $on)', ' @include(if: true)');

/** Response keys of fields, unique for each field so that they can be merged. */
const alias = fc.constantFrom('', 'my_');

/** Selections of a node as GraphQL. */
function selectionsOf(depth: number): fc.Arbitrary<string> {
  const leaf = fc
    .tuple(alias, fc.constantFrom(...LEAVES), directive)
    .map(([prefix, name, on]) => `${prefix}${name}: ${name}${on}`);
  const inline = fc
    .tuple(fc.constantFrom('...', '... on Node', '... on Named'), directive)
    .map(([spread, on]) => `${spread}${on} { name }`);
  const all: fc.Arbitrary<string>[] = [leaf, inline, fc.constant('...Shared')];
  if (depth > 0) {
    const object = fc

      .tuple(alias, fc.constantFrom(...OBJECTS), directive, selectionsOf(depth - 1))
      .map(([prefix, name, on, set]) => `${prefix}${name}: ${name}${on} ${set}`);
    all.push(object, object);
  }
  return fc.array(fc.oneof(...all), { minLength: 1, maxLength: 4 }).map((parts) => `{ ${parts.join(' ')} }`);
}

const selections = selectionsOf(1);

const operation = fc
  .array(fc.tuple(fc.nat({ max: ROOTS.length - 1 }), directive, selections), { minLength: 1, maxLength: 3 })
  .map((fields) => fields.map(([root, on, set]) => `root${root}: ${ROOTS[root]}${on} ${set}`).join(' '))
  .map(
    (fields) =>
      `query ($on: Boolean = true, $n: Int) { plain more: plain @include(if: $on) used: list(size: $n) { ...Shared } ${fields} } fragment Shared on Node { name ... on Named { name } shared: id }`,
  );

const said = (errors: readonly GraphQLError[] = []) =>
  errors.map(({ message, path, locations }) => JSON.stringify({ message, path, locations })).sort();

function programFor(schema: GraphQLSchema, text: string, given: Record<string, unknown>) {
  const document = parse(text);
  const definition = getOperationAST(document);
  if (definition == null) throw new Error('no operation');
  const { coerced = {} } = getVariableValues(schema, definition.variableDefinitions ?? [], given);
  return {
    document,
    coerced,
    program: new CompiledQuery(schema, document, definition, coerced, () => null, out),
  };
}

/** Returns an error; if its position is below a null in the data, only the position of that null. */
function unlessBelowNull(error: string, data: unknown): string {
  const { path } = JSON.parse(error) as { readonly path: readonly (string | number)[] };
  let at = data;
  for (const [depth, key] of path.entries()) {
    if (at == null) return `null at ${JSON.stringify(path.slice(0, depth))}`;
    at = (at as Record<string | number, unknown>)[key];
  }
  return error;
}

describe('CompiledQuery', () => {
  it('returns the same result as graphql-js for any selection and any resolver result', async () => {
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(
        operation,
        fc.dictionary(
          fc.constantFrom('one', 'must', 'list', 'all'),
          fc.tuple(manner, fc.array(node, { maxLength: 3 })),
        ),
        fc.record(
          { on: fc.boolean(), n: fc.constantFrom(1, null), more: fc.anything() },
          { requiredKeys: [] },
        ),
        async (text, roots, variables) => {
          const rootValue = {
            plain: 5,
            ...mapped(roots, ([how, nodes], name) =>
              brought(how, name === 'list' || name === 'all' ? nodes : nodes[0]),
            ),
          };
          if (validate(SCHEMA, parse(text)).length > 0) return;
          answered += 1;
          const { document, coerced, program } = programFor(SCHEMA, text, variables);
          const expected: ExecutionResult = await forgiving(() =>
            execute({
              schema: SCHEMA,
              document,
              rootValue,
              variableValues: variables,
            }),
          );
          const outcome = await program.execute(rootValue, {}, coerced);
          expect(JSON.parse(outcome.data)).toEqual(JSON.parse(JSON.stringify(expected.data)));
          // Errors below a null depend on timing: the first one nulls the position, and others may or may not be added.
          const comparable = (errors: readonly string[]) =>
            [...new Set(errors.map((error) => unlessBelowNull(error, expected.data)))].sort();
          const [own, theirs] = [said(outcome.errors), said(expected.errors)];
          expect(comparable(own)).toEqual(comparable(theirs));
          expect(own.length > 0).toBe(theirs.length > 0);
        },
      ),
      { numRuns: 400 },
    );
    expect(answered).toBeGreaterThan(350);
  });

  it('leaves no unhandled rejection if a list item fails before another one', async () => {
    const { program, coerced } = programFor(SCHEMA, '{ all { id must { count } } plain }', {});
    const all = [
      { id: brought('rejects', null), must: brought('rejects', null) },
      { id: brought('promise', null), must: brought('promise', { count: 1 }) },
      { id: 'x', must: brought('promise', { count: brought('throws', null) }) },
      { id: brought('throws', null) },
    ];
    const { data, errors } = await program.execute({ all, plain: 1 }, {}, coerced);
    expect(data).toBe('null');
    expect(errors[0]).toMatchObject({ message: 'id throws', path: ['all', 3, 'id'] });
  });

  it('writes any string as valid JSON', async () => {
    const { program, coerced } = programFor(SCHEMA, '{ one { name flag } }', {});
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (name) => {
        const { data } = await program.execute({ one: { name, flag: false } }, {}, coerced);
        expect(JSON.parse(data)).toEqual({ one: { name, flag: false } });
      }),
    );
  });

  it('writes the cursor of any edge, with its writer or from its property', async () => {
    const schema = buildSchema('type Edge { cursor: String! } type Query { edges: [Edge!]! }');
    const field = (schema.getType('Edge') as GraphQLObjectType).getFields().cursor;
    Object.assign(field ?? {}, { extensions: { cursor: true } });
    const { program, coerced } = programFor(schema, '{ edges { cursor } }', {});
    const cursors = { writeRecord: (_positioned: unknown, out: JsonWriter) => out.ascii('written') };
    const written = { cursor: 'not read', cursorSource: { cursors, positioned: {} } };
    const { data, errors } = await program.execute({ edges: [{ cursor: 'read' }, written] }, {}, coerced);
    expect([JSON.parse(data), errors]).toEqual([{ edges: [{ cursor: 'read' }, { cursor: 'written' }] }, []]);
  });

  it('resolves interfaces and unions by `__typename`, as graphql-js does', async () => {
    const schema = buildSchema(`
      interface I { a: Int }
      type T implements I { a: Int b: Int }
      type S implements I { a: Int c: Int }
      union U = T | S
      type Query { i: I us: [U] }
    `);
    const query =
      '{ i { __typename a ... on T { b } ... on S { c } } us { __typename ... on I { a } ... on S { c } } }';
    const t = { __typename: 'T', a: 1, b: 2 };
    const s = { __typename: 'S', a: 3, c: 4 };
    const { document, coerced, program } = programFor(schema, query, {});
    const rootValue = { i: t, us: [s, Promise.resolve(t), null] };
    const { data, errors } = await program.execute(rootValue, {}, coerced);
    const expected = await execute({ schema, document, rootValue });
    expect(errors).toEqual([]);
    expect(JSON.parse(data)).toEqual(JSON.parse(JSON.stringify(expected.data)));
  });
});
