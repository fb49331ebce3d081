import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeGlobalId } from '../../src/graphql/schema/global-id.js';
import { mutated } from './mutations.js';
import { startTarget, type Target } from './target.js';

/** Number of requests that are sent together. */
const BATCH = 16;

let target: Target;
let sid: string;

beforeAll(async () => {
  target = await startTarget();
  sid = target.gateway.sandbox.simSids[0] ?? '';
});
afterAll(() => target.finish('SIDs, ids, arguments and variables'));

/** Runs batches of inputs, each input in a separate operation. */
async function runBatches<T>(
  input: fc.Arbitrary<T>,
  runs: number,
  send: (batch: readonly T[]) => Promise<void>,
) {
  const batch = fc.array(input, { minLength: BATCH, maxLength: BATCH });
  await fc.assert(
    fc.asyncProperty(batch, async (inputs) => {
      target.count(inputs.length);
      await send(inputs);
    }),
    { numRuns: runs, endOnFailure: true },
  );
}

/** Returns the SIDs of the upstream requests. */
function requestedSids(): Set<string> {
  return new Set(target.takeUpstreamRequests().map(({ path }) => path.split('/')[3] ?? ''));
}

const simQuery =
  'query ($sid: ID!) { sim(sid: $sid) { status dataSessions(first: 1) { edges { node { sid } } } } }';

test('any SID only causes requests for that SIM', async () => {
  const sids = target.gateway.sandbox.simSids;
  const bad = fc.oneof(
    mutated(sids.slice(0, 3)),
    fc.string({ unit: 'binary' }),
    fc.webPath(),
    fc.jsonValue(),
  );
  await runBatches(bad, 40, async (batch) => {
    await Promise.all(batch.map((value) => target.post({ query: simQuery, variables: { sid: value } })));
    for (const requested of requestedSids()) expect(batch).toContain(requested);
  });
}, 60_000);

test('any global ID or entity representation only causes requests for that SIM', async () => {
  const good = encodeGlobalId('Sim', sid);
  const id = fc.oneof(
    mutated([good]),
    mutated([`Sim:${sid}`]).map((text) => Buffer.from(text).toString('base64')),
    fc.base64String(),
    fc.jsonValue(),
    // A value that cannot be converted to a string, and lists that are converted like their only string.
    fc.constantFrom<unknown>({ toString: null }, [sid], [good]),
  );
  const query = `query ($id: ID!, $ids: [ID!]!, $of: [_Any!]!) {
    node(id: $id) { id ... on Sim { status } } nodes(ids: $ids) { id ... on Sim { status } }
    _entities(representations: $of) { ... on Sim { status } } }`;
  await runBatches(id, 15, async (batch) => {
    await Promise.all(
      batch.flatMap((value) => [
        target.post({ query, variables: { id: value, ids: [good], of: [] } }),
        target.post({ query, variables: { id: good, ids: [good, value], of: [] } }),
        target.post({ query, variables: { id: good, ids: [], of: [{ __typename: 'Sim', id: value }] } }),
        target.post({
          query,
          variables: { id: good, ids: [], of: [value, { __typename: 'Sim', sid: value }] },
        }),
      ]),
    );
    target.count(batch.length * 3);
    const texts = batch.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
    const named = texts.map((text) => `${text} ${Buffer.from(text, 'base64')}`).join(' ');
    for (const requested of requestedSids()) expect(`${sid} ${named}`).toContain(requested);
  });
}, 60_000);

test('variables of any JSON type cause no internal error and only requests for the SIM', async () => {
  const number = fc.oneof(fc.integer(), fc.double(), fc.integer({ min: -3, max: 5 }), fc.maxSafeInteger());
  const value = fc.oneof(number, fc.jsonValue(), fc.constantFrom(null, [], {}, '', true, 2 ** 31));
  const variables = fc.dictionary(
    fc.constantFrom('first', 'last', 'after', 'before', '__proto__', 'x'),
    value,
  );
  const query = `query ($sid: ID!, $first: Int, $last: Int, $after: String, $before: String) { sim(sid: $sid) {
    dataSessions(first: $first, last: $last, after: $after, before: $before) { pageInfo { endCursor } } } }`;
  await runBatches(variables, 30, async (batch) => {
    await Promise.all(batch.map((bad) => target.post({ query, variables: { ...bad, sid } })));
    for (const requested of requestedSids()) expect(requested).toBe(sid);
  });
}, 60_000);

test('literals of any kind cause no internal error and only requests for the SIM', async () => {
  const literal = fc.oneof(
    fc.integer().map(String),
    fc.double().map(String),
    fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
    fc.string(),
    fc.constantFrom(
      'null',
      '[1]',
      '{a: 1}',
      '$x',
      'ENUM',
      '"""',
      '1e999',
      '-0',
      '0x1',
      '99999999999999999999',
    ),
  );
  const names = fc.constantFrom('first', 'last', 'after', 'before', 'sid', 'x');
  const args = fc.array(fc.tuple(names, literal), { minLength: 1, maxLength: 4 });
  await runBatches(args, 30, async (batch) => {
    const queries = batch.map((pairs) => {
      const text = pairs.map(([name, value]) => `${name}: ${value}`).join(', ');
      return `{ sim(sid: "${sid}") { dataSessions(${text}) { edges { cursor } } } }`;
    });
    await Promise.all(queries.map((query) => target.post({ query })));
    for (const requested of requestedSids()) expect(requested).toBe(sid);
  });
}, 60_000);
