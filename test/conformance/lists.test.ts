import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PARENT } from '../../src/resources/define.js';
import { recordDecoder } from '../../src/resources/record.js';
import { wireRecords } from './arbitraries.js';
import { type ConnectionResult, expectedFields, malformedPaths } from './queries.js';
import { ListUnderTest, sidOf, Target } from './target.js';
import { testCatalog } from './test-catalog.js';

let target: Target;

beforeAll(async () => {
  target = await Target.start();
});
afterAll(() => target.close());

const context = { requestId: null, onUnknownEnumValue() {} };
/** SIDs of the records; records that have none have the SID of their account in its place. */
const sidsOf = (connection: ConnectionResult | null) =>
  connection?.edges.map(({ node }) => ('sid' in node ? node.sid : node.accountSid));
const codesOf = (errors: readonly { readonly extensions?: { readonly code?: unknown } }[] = []) =>
  errors.map(({ extensions }) => extensions?.code);

describe.each(
  testCatalog.lists.map((list) => [`${list.parent?.name ?? 'Query'}.${list.field}`, list] as const),
)('the list %s', (_name, declaration) => {
  const { resource, parent, collection } = declaration;
  const decode = recordDecoder(resource);
  const records = wireRecords(resource);
  let list: ListUnderTest;

  beforeAll(() => {
    list = new ListUnderTest(target, declaration);
  });

  it('returns every declared field as its codec reads it, and an error for each malformed one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(records, { maxLength: 6 }), async (wire) => {
        const completed = list.complete(wire);
        list.fill(completed);
        const { connection, result } = await list.window({ first: 10 });
        const decoded = completed.map((record) => decode(record, context));
        const expected = decoded.map((record) => expectedFields(resource, record));
        expect(connection?.edges.map(({ node: { id, ...fields } }) => fields)).toEqual(expected);
        const malformed = decoded.flatMap((record, index) =>
          Object.keys(resource.fields).flatMap((name) =>
            malformedPaths(record[name], ['edges', index, 'node', name]),
          ),
        );
        const paths = (result.errors ?? []).map(({ path = [] }) => path.join().replace(/^.*?list,/, ''));
        expect(paths.sort()).toEqual(malformed.sort());
        expect(new Set(codesOf(result.errors)).size).toBeLessThanOrEqual(1);
        if (malformed.length > 0) expect(codesOf(result.errors)).toContain('UPSTREAM_BAD_RESPONSE');
      }),
      { numRuns: 60 },
    );
  });

  it('keeps the position of an element that is not an object', async () => {
    const [first = {}, last = {}] = list.complete([{}, {}]);
    list.fill([first, last]);
    const remove = target.sandbox.faults.add({
      kind: 'mutate',
      path: list.path,
      mutate: (body) => ({ ...body, [collection.envelopeKey]: [first, 7, last] }),
    });
    const { connection, result } = await list.window({ first: 10 }).finally(remove);
    if (connection === null) {
      // A SID that must not be null makes the list null.
      expect(resource.single).not.toBeNull();
    } else {
      expect(sidsOf(connection)).toEqual([first.sid, null, last.sid]);
    }
    expect(codesOf(result.errors)).toContain('UPSTREAM_BAD_RESPONSE');
  });

  it('yields every record once, in order, in windows of any sizes, also while records arrive at its head', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(30),
        sizes,
        fc.array(fc.boolean(), { maxLength: 5 }),
        async (count, mix, arrivals) => {
          const initial = list.complete(Array.from({ length: count }, () => ({})));
          list.fill(initial);
          const walked: unknown[] = [];
          let after: string | null = null;
          for (let window = 0; ; window += 1) {
            const { connection } = await list.window({ first: mix[window % mix.length] ?? 1, after });
            walked.push(...(sidsOf(connection) ?? ['failed']));
            if (connection?.pageInfo.hasNextPage !== true) break;
            after = connection.pageInfo.endCursor;
            if (arrivals[window] === true) list.insert(list.complete([{}, {}]));
          }
          expect(walked).toEqual(initial.map(({ sid }) => sid));
        },
      ),
      { numRuns: 12 },
    );
  });

  it('costs one upstream request for each page of a walk in equal windows', async () => {
    list.fill(list.complete(Array.from({ length: 23 }, () => ({}))));
    for (const [first, requests] of [
      [5, 5],
      [23, 1],
      [100, 1],
    ] as const) {
      let [cost, after]: [number, string | null] = [0, null];
      for (;;) {
        const { connection, result } = await list.window({ first, after });
        cost += result.extensions.upstream.requests;
        if (connection?.pageInfo.hasNextPage !== true) break;
        after = connection.pageInfo.endCursor;
      }
      expect(cost, `first: ${first}`).toBe(requests);
    }
  });

  it('takes the cursor of any edge for after and before', async () => {
    const all = list.complete(Array.from({ length: 17 }, () => ({})));
    list.fill(all);
    const { connection } = await list.window({ first: 17 });
    const cursors = connection?.edges.map(({ cursor }) => cursor) ?? [];
    const sids = all.map(({ sid }) => sid);
    const bound = fc.option(fc.nat(16));
    await fc.assert(
      fc.asyncProperty(bound, bound, fc.nat(17), fc.boolean(), async (from, to, count, forward) => {
        const { connection: found, result } = await list.window({
          [forward ? 'first' : 'last']: count,
          after: from === null ? null : (cursors[from] ?? null),
          before: to === null ? null : (cursors[to] ?? null),
        });
        // As the specification has it: an edge that is not after the one of `after` does not end the range.
        const end = to !== null && to > (from ?? -1) ? to : sids.length;
        const range = sids.slice(from === null ? 0 : from + 1, end);
        const expected = forward ? range.slice(0, count) : range.slice(Math.max(0, range.length - count));
        expect(sidsOf(found)).toEqual(expected);
        expect(result.extensions.upstream.requests).toBeLessThanOrEqual(2);
      }),
      { numRuns: 30 },
    );
  });

  it('rejects cursors of every other list, and damaged ones, before a request is sent', async () => {
    list.fill(list.complete(Array.from({ length: 3 }, () => ({}))));
    const { connection } = await list.window({ first: 1 });
    const own = connection?.pageInfo.endCursor ?? '';
    const foreign = [`${own}A`, own.slice(0, -1), own.replace(/^w\d+/, 'w1')];
    for (const other of testCatalog.lists) {
      if (other === declaration) continue;
      const another = new ListUnderTest(target, other);
      another.fill(another.complete([{}, {}]));
      const window = await another.window({ first: 1 });
      foreign.push(window.connection?.pageInfo.endCursor ?? '');
    }
    list.fill(list.complete([{}]));
    for (const cursor of foreign) {
      for (const argument of ['after', 'before'] as const) {
        const { connection: none, result } = await list.window({ first: 1, [argument]: cursor });
        expect([none, codesOf(result.errors)], cursor).toEqual([null, ['BAD_USER_INPUT']]);
        expect(result.upstreamRequests, cursor).toEqual([]);
      }
    }
  });

  it.each([[{ first: -1 }], [{ last: 1001 }], [{ first: 1, last: 1 }]])(
    'rejects the arguments %j before a request is sent',
    async (window) => {
      const { connection, result } = await list.window(window);
      expect([connection, codesOf(result.errors)]).toEqual([null, ['BAD_USER_INPUT']]);
      expect(result.upstreamRequests).toEqual([]);
    },
  );

  it.runIf(collection.path.includes(PARENT))(
    'is null with its parent if the upstream does not know the parent',
    async () => {
      const missing = new ListUnderTest(target, declaration);
      Object.assign(missing, { parentSid: parent === null ? '' : sidOf(parent, 99) });
      const { result } = await missing.window({ first: 1 });
      expect([result.data, result.errors]).toEqual([{ [parent?.single?.field ?? '']: null }, undefined]);
    },
  );
});
