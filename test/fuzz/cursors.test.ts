import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cursorAt, fetchWindow } from '../support/windows.js';
import { bitFlips, bitFlipsBelowBase64, mutated } from './mutations.js';
import { type GraphqlAnswer, startTarget, type Target } from './target.js';

/** Number of cursors in one operation. */
const BATCH = 40;

let target: Target;
let sid: string;
let other: string;
/** Cursors within a page and at its end, on the first page and on a later one. */
let cursors: string[];

beforeAll(async () => {
  target = await startTarget();
  const { gateway } = target;
  [sid = '', other = ''] = gateway.sandbox.simSids;
  const head = await fetchWindow(gateway, sid, { first: 10 });
  const second = await fetchWindow(gateway, sid, { first: 7, after: head.pageInfo.endCursor });
  cursors = [cursorAt(head, 4), cursorAt(head, -1), cursorAt(second, 3), cursorAt(second, -1)];
  target.takeUpstreamRequests();
});
afterAll(() => target.finish('cursors'));

type Argument = 'after' | 'before';

/** Requests a window with each of the cursors in one operation. @returns the outcome of each */
async function askWith(bad: readonly string[], argument: Argument, of = sid): Promise<Outcome[]> {
  target.count(bad.length);
  const size = argument === 'after' ? 'first' : 'last';
  const variables = Object.fromEntries(bad.map((cursor, at) => [`c${at}`, cursor]));
  const query = `query ($sid: ID!, ${bad.map((_, at) => `$c${at}: String`).join(', ')}) {
    ${bad.map((_, at) => `c${at}: sim(sid: $sid) { ...S${at} }`).join('\n')}
  } ${bad.map((_, at) => `fragment S${at} on Sim { dataSessions(${size}: 2, ${argument}: $c${at}) { edges { node { sid } } } }`).join('\n')}`;
  const answer = await target.post({ query, variables: { ...variables, sid: of } });
  return bad.map((_, at) => outcomeOf(answer, `c${at}`));
}

interface Outcome {
  readonly code: string | undefined;
  readonly window: string;
}

function outcomeOf({ data, errors = [] }: GraphqlAnswer, key: string): Outcome {
  const error = errors.find((entry) => 'path' in entry && Array.isArray(entry.path) && entry.path[0] === key);
  return { code: error?.extensions?.code, window: JSON.stringify(data?.[key]) };
}

/**
 * Expects that each cursor is rejected without a request, or that it is another Base64 encoding of a valid one.
 */
async function expectRejected(bad: readonly string[], argument: Argument): Promise<void> {
  const outcomes = await askWith(bad, argument);
  const requests = target.takeUpstreamRequests();
  const accepted = outcomes.filter(({ code }) => code !== 'BAD_USER_INPUT');
  expect(requests.every(({ path }) => path === `/v1/Sims/${sid}/DataSessions`)).toBe(true);
  if (accepted.length === 0) {
    expect(requests).toHaveLength(0);
    return;
  }
  const answered = await askWith(cursors, argument);
  target.takeUpstreamRequests();
  const windows = new Set(answered.map(({ window }) => window));
  expect(accepted.filter(({ code, window }) => code !== undefined || !windows.has(window))).toEqual([]);
}

async function inBatches(bad: readonly string[], argument: Argument): Promise<void> {
  // An empty string counts as no cursor.
  const changed = bad.filter((cursor) => cursor !== '' && !cursors.includes(cursor));
  for (let at = 0; at < changed.length; at += BATCH) {
    await expectRejected(changed.slice(at, at + BATCH), argument);
  }
}

describe.each(['after', 'before'] as const)('a cursor as `%s`', (argument) => {
  test('with one flipped bit is rejected without an upstream request', async () => {
    for (const cursor of cursors) await inBatches(bitFlips(cursor), argument);
  }, 60_000);

  test('with one flipped bit of its decoded Base64 is rejected', async () => {
    for (const cursor of cursors) await inBatches(bitFlipsBelowBase64(cursor), argument);
  }, 60_000);

  test('that is truncated, spliced or arbitrary is rejected', async () => {
    const bad = fc.array(fc.oneof(mutated(cursors), fc.string({ unit: 'binary' }), fc.base64String()), {
      minLength: BATCH,
      maxLength: BATCH,
    });
    await fc.assert(
      fc.asyncProperty(bad, (batch) => inBatches(batch, argument)),
      { numRuns: 20, endOnFailure: true },
    );
  }, 60_000);

  test("of another SIM's list is rejected", async () => {
    const outcomes = await askWith(cursors, argument, other);
    expect(new Set(outcomes.map(({ code }) => code))).toEqual(new Set(['BAD_USER_INPUT']));
    expect(target.takeUpstreamRequests()).toEqual([]);
  });
});
