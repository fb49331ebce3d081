import { afterEach, describe, expect, test } from 'vitest';
import type { Fault, SandboxOptions } from '../../src/sandbox/index.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
afterEach(() => gateway.close());

async function start(sandbox: SandboxOptions = {}): Promise<void> {
  gateway = await startTestGateway({ sandbox });
}

/** Asks for the status of SIMs in one operation, and gives what was answered and what it took. */
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
  test('cost one listing of the account when they are more than ten', async () => {
    await start();
    const sids = gateway.sandbox.simSids.slice(0, 11);
    expect(await askFor(sids)).toEqual({ sims: expected(sids), listings: ['PageSize=1000'], singles: 0 });
  });

  test('cost a request each when they are ten', async () => {
    await start();
    const sids = gateway.sandbox.simSids.slice(0, 10);
    expect(await askFor(sids)).toEqual({ sims: expected(sids), listings: [], singles: 10 });
  });

  test('count once each, however often they are asked for', async () => {
    await start();
    const sids = gateway.sandbox.simSids.slice(0, 10);
    expect(await askFor([...sids, ...sids])).toMatchObject({ listings: [], singles: 10 });
  });

  test('are the same under `nodes`', async () => {
    await start();
    const ids = gateway.sandbox.simSids.map((sid) => Buffer.from(`Sim:${sid}`).toString('base64'));
    const answer = await gateway.sendText(
      'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Sim { sid } } }',
      { ids },
    );
    expect(answer.data?.nodes).toEqual(gateway.sandbox.simSids.map((sid) => ({ sid })));
    expect(answer.upstreamPaths).toEqual(['/v1/Sims']);
  });

  test('are null without another request where the whole account does not have them', async () => {
    await start();
    const sids = [...gateway.sandbox.simSids.slice(0, 10), `DE${'0'.repeat(32)}`];
    expect(await askFor(sids)).toEqual({ sims: expected(sids), listings: ['PageSize=1000'], singles: 0 });
  });

  test('have their sessions asked for one by one: no listing has those', async () => {
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

describe('an account that cannot be listed', () => {
  test('because it has over a thousand SIMs is remembered, and not listed again', async () => {
    await start({ sims: 1001 });
    const sids = gateway.sandbox.simSids.slice(-11);
    // The page had ten of them.
    expect(await askFor(sids)).toEqual({ sims: expected(sids), listings: ['PageSize=1000'], singles: 1 });
    expect(await askFor(sids)).toEqual({ sims: expected(sids), listings: [], singles: 11 });
  });

  test('does not have SIMs that are behind its first page taken for unknown ones', async () => {
    await start({ sims: 1001 });
    const sids = [...gateway.sandbox.simSids.slice(-10), `DE${'0'.repeat(32)}`];
    expect(await askFor(sids)).toEqual({ sims: expected(sids), listings: ['PageSize=1000'], singles: 2 });
  });

  test.each<Fault>([{ kind: 'status', status: 500 }, { kind: 'html' }, { kind: 'truncate', what: 'json' }])(
    'because the upstream fails at it ($kind) has its SIMs asked for one by one, then and later',
    async (fault) => {
      await start();
      gateway.sandbox.faults.add({ ...fault, path: '/v1/Sims' });
      const sids = gateway.sandbox.simSids.slice(0, 11);
      expect(await askFor(sids)).toEqual({ sims: expected(sids), listings: ['PageSize=1000'], singles: 11 });
      expect(await askFor(sids)).toEqual({ sims: expected(sids), listings: [], singles: 11 });
    },
  );
});
