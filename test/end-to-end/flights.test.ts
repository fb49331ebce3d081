import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SessionsPage } from '../support/documents.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { hold } from '../support/hold.js';

let gateway: TestGateway;
let sid: string;
let other: string;

async function start(env: Record<string, string> = {}): Promise<void> {
  gateway = await startTestGateway({ env });
  [sid = '', other = ''] = gateway.sandbox.simSids;
}
afterEach(() => gateway.close());

const page = (of: string) => `/v1/Sims/${of}/DataSessions`;

describe('identical requests of concurrent operations', () => {
  beforeEach(() => start());

  test('share one request and get the same result', async () => {
    const release = hold(gateway.sandbox, { path: page(sid) });
    const first = gateway.send(SessionsPage, { sid, first: 5 });
    await gateway.sandbox.requestStarted(1);
    // The request of the second SIM, sent at the same time, shows that the operation has reached the upstream.
    const joining = [2, 3, 4].map((arrived) =>
      gateway.sendText(
        `query ($sid: ID!) { sim(sid: $sid) { dataSessions(first: 5) { edges { node { sid } } } }
          other: sim(sid: "${other}") { dataSessions(first: ${arrived}) { edges { cursor } } } }`,
        { sid },
      ),
    );
    await gateway.sandbox.requestStarted(4);
    release();
    const [alone, ...joined] = await Promise.all([first, ...joining]);
    expect(gateway.sandbox.requests.filter(({ path }) => path === page(sid))).toHaveLength(1);
    expect(alone.extensions.upstream).toEqual({ requests: 1, retries: 0, cacheHits: 0 });
    const sids = alone.data?.sim?.dataSessions?.edges.map(({ node }) => ({ node: { sid: node.sid } }));
    for (const answer of joined) {
      expect(answer.extensions.upstream).toEqual({ requests: 1, retries: 0, cacheHits: 1 });
      expect(answer.data?.sim).toEqual({ dataSessions: { edges: sids } });
    }
  }, 5000);

  test('share the error too', async () => {
    gateway.sandbox.faults.add({ kind: 'status', status: 500, path: page(sid), times: 1 });
    const release = hold(gateway.sandbox, { path: page(sid) });
    const first = gateway.send(SessionsPage, { sid, first: 5 });
    await gateway.sandbox.requestStarted(1);
    const second = gateway.sendText(
      `query ($sid: ID!) { sim(sid: $sid) { dataSessions(first: 5) { edges { cursor } } }
        other: sim(sid: "${other}") { dataSessions(first: 2) { edges { cursor } } } }`,
      { sid },
    );
    await gateway.sandbox.requestStarted(2);
    release();
    for (const answer of await Promise.all([first, second])) {
      expect(answer.errors).toMatchObject([
        { path: ['sim', 'dataSessions'], extensions: { code: 'UPSTREAM_UNAVAILABLE' } },
      ]);
    }
  }, 5000);

  test('are not shared in sequence without a cache', async () => {
    for (let i = 0; i < 2; i += 1) {
      const answer = await gateway.send(SessionsPage, { sid, first: 5 });
      expect(answer.extensions.upstream).toEqual({ requests: 1, retries: 0, cacheHits: 0 });
    }
  });
});

describe('with CACHE_TTL_MS', () => {
  beforeEach(() => start({ CACHE_TTL_MS: '60000' }));

  test('a repeated operation takes no request and reports its cache hits', async () => {
    const first = await gateway.send(SessionsPage, { sid, first: 5 });
    gateway.sandbox.insertAtHead(sid, 1);
    const second = await gateway.send(SessionsPage, { sid, first: 5 });
    expect(first.extensions.upstream).toEqual({ requests: 1, retries: 0, cacheHits: 0 });
    expect(second.extensions.upstream).toEqual({ requests: 0, retries: 0, cacheHits: 1 });
    expect(second.data).toEqual(first.data);
  });

  test('SIMs of a cached listing take no request', async () => {
    const aliases = gateway.sandbox.simSids.map((sim, at) => `s${at}: sim(sid: "${sim}") { status }`);
    await gateway.sendText(`{ ${aliases.join(' ')} }`);
    const { extensions } = await gateway.sendText(`{ sim(sid: "${sid}") { status } }`);
    expect(extensions.upstream).toEqual({ requests: 0, retries: 0, cacheHits: 1 });
  });
});
