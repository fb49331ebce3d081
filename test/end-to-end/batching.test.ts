import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Fault, SandboxOptions } from '../../src/sandbox/index.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
afterEach(async () => {
  vi.restoreAllMocks();
  await gateway.close();
});

async function start(sandbox: SandboxOptions = {}, env: Record<string, string> = {}): Promise<void> {
  gateway = await startTestGateway({ sandbox, env });
}

/** Requests the status of SIMs in one operation. @returns the result and the number of upstream requests */
async function askFor(sids: readonly string[], fields = 'sid uniqueName') {
  const aliases = sids.map((sid, at) => `s${at}: sim(sid: "${sid}") { ${fields} }`);
  const answer = await gateway.sendText(`{ ${aliases.join(' ')} }`);
  expect(answer.errors).toBeUndefined();
  const listings = answer.upstreamRequests.filter(({ path }) => path === '/v1/Sims');
  return {
    sims: Object.values(answer.data ?? {}),
    listings: listings.map(({ query }) => query.toString()),
    singles: answer.upstreamRequests.length - listings.length,
  };
}

function expected(sids: readonly string[]) {
  const names = new Map(gateway.sandbox.sims.map((sim) => [sim.sid, sim.unique_name]));
  return sids.map((sid) => (names.has(sid) ? { sid, uniqueName: names.get(sid) } : null));
}

describe('many SIMs in one operation', () => {
  test('take one listing of the account if they are more than ten', async () => {
    await start();
    const sids = gateway.sandbox.simSids.slice(0, 11);
    expect(await askFor(sids)).toEqual({ sims: expected(sids), listings: ['PageSize=1000'], singles: 0 });
  });

  test('take one request each if they are ten', async () => {
    await start();
    const sids = gateway.sandbox.simSids.slice(0, 10);
    expect(await askFor(sids)).toEqual({ sims: expected(sids), listings: [], singles: 10 });
  });

  test('are requested once each, however often they are selected', async () => {
    await start();
    const sids = gateway.sandbox.simSids.slice(0, 10);
    expect(await askFor([...sids, ...sids])).toMatchObject({ listings: [], singles: 10 });
  });

  test('take one listing under `nodes` too', async () => {
    await start();
    const ids = gateway.sandbox.simSids.map((sid) => Buffer.from(`Sim:${sid}`).toString('base64'));
    const answer = await gateway.sendText(
      'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Sim { sid } } }',
      { ids },
    );
    expect(answer.data?.nodes).toEqual(gateway.sandbox.simSids.map((sid) => ({ sid })));
    expect(answer.upstreamPaths).toEqual(['/v1/Sims']);
  });

  test('are null if they are neither in the listing nor found by their SID', async () => {
    await start();
    const sids = [...gateway.sandbox.simSids.slice(0, 10), `DE${'0'.repeat(32)}`];
    expect(await askFor(sids)).toEqual({ sims: expected(sids), listings: ['PageSize=1000'], singles: 1 });
  });

  test('are returned even if the listing lacks some of them', async () => {
    await start();
    const { sandbox } = gateway;
    const added = [sandbox.addSim({ unique_name: 'new' }), sandbox.addSim({ unique_name: 'newer' })];
    const left = new Set(added.map(({ sid }) => sid));
    sandbox.faults.add({
      kind: 'mutate',
      path: '/v1/Sims',
      mutate: ({ sims, ...rest }) => ({
        ...rest,
        sims: (sims as { sid: string }[]).filter(({ sid }) => !left.has(sid)),
      }),
    });
    const sids = [...sandbox.simSids.slice(0, 10), ...left];
    expect(await askFor(sids)).toEqual({ sims: expected(sids), listings: ['PageSize=1000'], singles: 2 });
  });

  test('take one request for the sessions of each', async () => {
    await start();
    const sids = gateway.sandbox.simSids.slice(0, 12);
    expect(await askFor(sids, 'dataSessions(first: 1) { edges { cursor } }')).toMatchObject({
      listings: [],
      singles: 12,
    });
    expect(await askFor(sids, 'status dataSessions(first: 1) { edges { cursor } }')).toMatchObject({
      listings: ['PageSize=1000'],
      singles: 12,
    });
  });
});

describe('an account whose listing is not used', () => {
  test('because it has over a thousand SIMs is not listed again', async () => {
    await start({ sims: 1001 });
    const sids = gateway.sandbox.simSids.slice(-11);
    // Ten of them were on the page.
    expect(await askFor(sids)).toEqual({ sims: expected(sids), listings: ['PageSize=1000'], singles: 1 });
    expect(await askFor(sids)).toEqual({ sims: expected(sids), listings: [], singles: 11 });
  });

  test('returns SIMs that are not on the first page', async () => {
    await start({ sims: 1001 });
    const sids = [...gateway.sandbox.simSids.slice(-10), `DE${'0'.repeat(32)}`];
    expect(await askFor(sids)).toEqual({ sims: expected(sids), listings: ['PageSize=1000'], singles: 2 });
  });

  const FAILURES: readonly Fault[] = [
    ...[400, 401, 403, 404, 408, 425, 429, 500, 502, 503, 504].map(
      (status) => ({ kind: 'status', status }) as const,
    ),
    { kind: 'status', status: 503, retryAfter: 3600 },
    { kind: 'html' },
    { kind: 'truncate', what: 'json' },
    { kind: 'truncate', what: 'connection' },
    { kind: 'reset' },
    { kind: 'redirect', location: '/elsewhere' },
    { kind: 'hang' },
  ];

  test.each(FAILURES)(
    'because it fails (%j) has its SIMs requested one by one, then and later',
    async (fault) => {
      // A listing that hangs may take half of the deadline.
      await start({}, { OPERATION_TIMEOUT_MS: '4000' });
      gateway.sandbox.faults.add({ ...fault, path: '/v1/Sims' });
      const sids = gateway.sandbox.simSids.slice(0, 11);
      expect(await askFor(sids)).toEqual({ sims: expected(sids), listings: ['PageSize=1000'], singles: 11 });
      expect(await askFor(sids)).toEqual({ sims: expected(sids), listings: [], singles: 11 });
    },
  );

  test.each<[string, Fault, number]>([
    ['is refused', { kind: 'status', status: 403 }, 5 * 60_000],
    ['fails', { kind: 'status', status: 503 }, 30_000],
  ])('because it %s is listed again after some time', async (_, fault, afterMs) => {
    await start();
    const remove = gateway.sandbox.faults.add({ ...fault, path: '/v1/Sims' });
    const sids = gateway.sandbox.simSids.slice(0, 11);
    await askFor(sids);
    remove();
    const now = performance.now.bind(performance);
    let skipped = afterMs - 5_000;
    vi.spyOn(performance, 'now').mockImplementation(() => now() + skipped);
    expect(await askFor(sids)).toMatchObject({ listings: [] });
    skipped = afterMs;
    expect(await askFor(sids)).toEqual({ sims: expected(sids), listings: ['PageSize=1000'], singles: 0 });
  });

  test('takes no more requests than the cost estimate includes', async () => {
    const sids = Array.from({ length: 11 }, (_, at) => `DE${at.toString(16).padStart(32, '0')}`);
    const query = `{ ${sids.map((sid, at) => `s${at}: sim(sid: "${sid}") { status }`).join(' ')} }`;
    await start({}, { MAX_UPSTREAM_REQUESTS: '12' });
    gateway.sandbox.faults.add({ kind: 'status', status: 403, path: '/v1/Sims' });
    expect((await gateway.sendText(query)).upstreamRequests).toHaveLength(12);
    await gateway.close();
    await start({}, { MAX_UPSTREAM_REQUESTS: '11' });
    expect(await gateway.sendText(query)).toMatchObject({ status: 400, upstreamRequests: [] });
  });
});
