import { afterEach, describe, expect, test } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.js';
import { SessionsPage, WholeSim } from '../support/documents.js';
import { startInstance, type TestGateway } from '../support/gateway.js';
import { nodesOf, walkForward } from '../support/windows.js';

let sandbox: Sandbox;
let gateway: TestGateway;
let sid: string;

/** @param env - returns variables of the gateway for the credentials of the sandbox */
async function start(
  options: SandboxOptions,
  env: (credentials: Sandbox['credentials']) => Record<string, string> = () => ({}),
): Promise<void> {
  sandbox = await startSandbox(options);
  gateway = await startInstance(sandbox, { sandbox: options, env: env(sandbox.credentials) });
  sid = sandbox.simSids[0] ?? '';
}

afterEach(async () => {
  await gateway.close();
  await sandbox.close();
});

async function expectAll(): Promise<void> {
  const sessions = nodesOf(await walkForward(gateway, sid, [100]));
  expect(sessions.map((session) => session.sid)).toEqual(sandbox.sessions(sid).map((session) => session.sid));
  const { data } = await gateway.send(WholeSim, { sid });
  expect(data?.sim?.uniqueName).toBe('delivery-van-7');
}

describe('the Twilio dialect', () => {
  test('accepts the account’s SID and token', async () => {
    await start({});
    await expectAll();
  });

  test('accepts an API key and its secret', async () => {
    await start({}, ({ apiKey, apiSecret }) => ({
      TWILIO_AUTH_TOKEN: 'the-key-goes-first',
      TWILIO_API_KEY: apiKey,
      TWILIO_API_SECRET: apiSecret,
    }));
    await expectAll();
  });

  test('reports UPSTREAM_UNAUTHORIZED for invalid credentials, after at most two requests', async () => {
    await start({}, () => ({ TWILIO_AUTH_TOKEN: 'wrong' }));
    const answer = await gateway.send(SessionsPage, { sid });
    expect(answer.status).toBe(200);
    expect(answer.errors).toMatchObject([
      {
        path: ['sim', 'dataSessions'],
        extensions: { code: 'UPSTREAM_UNAUTHORIZED', upstream: { status: 401, code: 20003 } },
      },
    ]);
    expect(answer.text).not.toContain('wrong');
    expect(answer.upstreamRequests.length).toBeLessThanOrEqual(2);
  });
});

describe('the KORE dialect', () => {
  test('requests an access token once', async () => {
    await start({ dialect: 'kore' });
    await expectAll();
    expect(sandbox.tokenRequests).toHaveLength(1);
  });

  test('requests one token for all operations that wait for it', async () => {
    await start({ dialect: 'kore' });
    const sids = sandbox.simSids.slice(0, 8);
    const answers = await Promise.all(sids.map((sim) => gateway.send(SessionsPage, { sid: sim, first: 2 })));
    expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
    expect(sandbox.tokenRequests).toHaveLength(1);
  });

  test('refreshes a revoked token and retries the rejected requests', async () => {
    await start({ dialect: 'kore' });
    const head = await gateway.send(SessionsPage, { sid, first: 10 });
    sandbox.revokeTokens();
    const next = await gateway.send(SessionsPage, {
      sid,
      first: 10,
      after: head.data?.sim?.dataSessions?.pageInfo.endCursor,
    });
    expect(next.errors).toBeUndefined();
    expect(next.upstreamRequests.map(({ status }) => status)).toEqual([403, 200]);
    expect(next.extensions.upstream).toEqual({ requests: 2, retries: 1, cacheHits: 0 });
    expect(sandbox.tokenRequests).toHaveLength(2);
  });

  test('refreshes a revoked token once for concurrent requests', async () => {
    await start({ dialect: 'kore' });
    const sids = sandbox.simSids.slice(0, 8);
    await gateway.send(SessionsPage, { sid, first: 2 });
    sandbox.revokeTokens();
    const answers = await Promise.all(sids.map((sim) => gateway.send(SessionsPage, { sid: sim, first: 2 })));
    expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
    expect(sandbox.tokenRequests).toHaveLength(2);
  });

  test('reports UPSTREAM_UNAUTHORIZED for an invalid secret, without a request to the API', async () => {
    await start({ dialect: 'kore' }, () => ({ KORE_CLIENT_SECRET: 'wrong' }));
    const answer = await gateway.send(SessionsPage, { sid });
    expect(answer.errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAUTHORIZED' } }]);
    expect(answer.text).not.toContain('wrong');
    expect(answer.upstreamRequests).toEqual([]);
    expect(sandbox.tokenRequests.length).toBeLessThanOrEqual(2);
  });

  test.each([401, 403])(
    'does not retry again when a refreshed token is rejected with %i as well',
    async (status) => {
      await start({ dialect: 'kore' });
      sandbox.faults.add({
        kind: 'status',
        status,
        body: { message: 'Forbidden', error: 'Invalid or expired token' },
      });
      const answer = await gateway.send(SessionsPage, { sid });
      expect(answer.errors).toMatchObject([
        { extensions: { code: 'UPSTREAM_UNAUTHORIZED', upstream: { status } } },
      ]);
      expect(answer.upstreamRequests).toHaveLength(2);
      expect(sandbox.tokenRequests).toHaveLength(2);
    },
  );

  test('returns null for the error code of an unknown SIM', async () => {
    await start({ dialect: 'kore' });
    sandbox.faults.add({ kind: 'status', status: 400, body: { code: 33107, message: 'SIM not found' } });
    const { data, errors } = await gateway.send(SessionsPage, { sid });
    expect(errors).toBeUndefined();
    expect(data).toEqual({ sim: null });
  });
});
