import { afterEach, expect, it, vi } from 'vitest';
import { CompiledQuery } from '../../src/fast-path/compiler/compiled-query.js';
import { type SpanTree, startTracedGateway, type TracedGateway, treesOf } from './traced-gateway.js';

/** Number of executions after which an operation is compiled and its response cached. */
const RUNS = 8;

let gateway: TracedGateway;
afterEach(async () => {
  vi.restoreAllMocks();
  await gateway.close();
});

/** Operations of every kind, with their variables. */
function operationsOf({ sandbox }: TracedGateway): readonly object[] {
  const { simSids, sims, oddSimSid: odd, cleanSimSid: clean } = sandbox;
  const [one, two] = simSids;
  const iccid = sims[0]?.iccid;
  const sessions = '{ sim(sid: "SID") { dataSessions(ARGS) { nodes { start } pageInfo { endCursor } } } }';
  const windowOf = (sid: string | undefined, args: string) => ({
    query: sessions.replace('SID', String(sid)).replace('ARGS', args),
  });
  return [
    { query: `query Named($sid: ID!) { sim(sid: $sid) { status } }`, variables: { sid: clean } },
    { query: `{ a: sim(sid: "${one}") { status } b: sim(sid: "${two}") { friendlyName } }` },
    windowOf(clean, 'first: 3'),
    windowOf(odd, 'first: 20'),
    windowOf(clean, 'last: 3'),
    { query: `{ sim(sid: "${clean}") { status dataSessions(first: 2) { nodes { start } } } }` },
    { query: `{ sim(sid: "${clean}") { dataSessionsCount { count } connectivity { state } } }` },
    {
      query:
        '{ sims(first: 3) { nodes { ratePlan { friendlyName } dataSessions(first: 1) { nodes { end } } } } }',
    },
    { query: '{ simsCount(status: ACTIVE) { count precision } }' },
    { query: `{ sim(iccid: "${iccid}") { friendlyName } }` },
    { query: '{ sim(sid: "nonsense") { sid } }' },
    { query: `{ sim(sid: "DE${'0'.repeat(32)}") { status } }` },
  ];
}

/** Sends each operation several times and returns the spans, without the port of the sandbox. */
async function spansWith(env: Record<string, string>, fail = false): Promise<readonly SpanTree[]> {
  gateway = await startTracedGateway({ env });
  if (fail) gateway.sandbox.faults.add({ kind: 'status', status: 500, path: '/DataSessions' });
  for (const operation of operationsOf(gateway)) {
    for (let run = 0; run < RUNS; run += 1) await gateway.post(operation);
  }
  const text = JSON.stringify(treesOf(await gateway.stop()));
  return JSON.parse(text.replaceAll(`"server.port":${new URL(gateway.sandbox.url).port}`, '"server.port":0'));
}

it.each([
  ['without a cache', { CACHE_TTL_MS: '0' }, false],
  ['with responses from the cache', { CACHE_TTL_MS: '600000' }, false],
  ['if the upstream fails', { CACHE_TTL_MS: '0' }, true],
  ['with documents', { CACHE_TTL_MS: '600000', TRACE_DOCUMENTS: 'on' }, false],
])('the spans of the fast path are those of Yoga, %s', async (_case, env, fail) => {
  const compiled = vi.spyOn(CompiledQuery.prototype, 'execute');
  const yoga = await spansWith({ ...env, FAST_PATH: 'off' }, fail);
  expect(compiled).not.toHaveBeenCalled();
  const fast = await spansWith({ ...env, FAST_PATH: 'on' }, fail);
  expect(compiled.mock.calls.length).toBeGreaterThan(10);
  expect(fast).toEqual(yoga);
  expect(yoga.length).toBe(12 * RUNS);
});
