import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { DEMO_SIM_SID, type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.js';
import { basic, get, getBody, nextOf, sessionsPath } from './client.js';

const open: Sandbox[] = [];
async function start(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox(options);
  open.push(sandbox);
  return sandbox;
}
afterEach(async () => {
  for (const sandbox of open.splice(0)) await sandbox.close();
});

async function outcome(response: Response): Promise<unknown> {
  const { code } = (await response.json()) as { code?: number };
  return [response.status, code];
}

describe('HTTP Basic authentication', () => {
  it('accepts the account and its API key', async () => {
    const sandbox = await start();
    const { apiKey, apiSecret } = sandbox.credentials;
    const byKey = await get(sandbox, '/v1/Sims', { headers: { authorization: basic(apiKey, apiSecret) } });
    expect((await get(sandbox, '/v1/Sims')).status).toBe(200);
    expect(byKey.status).toBe(200);
  });

  it('rejects any other credentials with 401 and code 20003', async () => {
    const sandbox = await start();
    const { accountSid, apiKey, authToken } = sandbox.credentials;
    for (const authorization of ['', basic(accountSid, 'wrong'), basic(apiKey, authToken), 'Bearer x']) {
      expect(await outcome(await get(sandbox, '/v1/Sims', { headers: { authorization } }))).toEqual([
        401, 20003,
      ]);
    }
  });
});

describe('client credentials', () => {
  const form = (sandbox: Sandbox, changes: Record<string, string> = {}) =>
    fetch(sandbox.credentials.tokenUrl, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: sandbox.credentials.clientId,
        client_secret: sandbox.credentials.clientSecret,
        ...changes,
      }),
    });
  const bearer = async (sandbox: Sandbox) => {
    const { access_token } = (await (await form(sandbox)).json()) as { access_token: string };
    return { headers: { authorization: `Bearer ${access_token}` } };
  };

  it('get a token that is accepted', async () => {
    const sandbox = await start({ dialect: 'kore', tokenLifeSeconds: 60 });
    const response = await form(sandbox);
    expect(await response.json()).toMatchObject({ expires_in: 60, token_type: 'Bearer' });
    expect((await get(sandbox, '/v1/Sims', await bearer(sandbox))).status).toBe(200);
    expect(sandbox.tokenRequests.map(({ status }) => status)).toEqual([200, 200]);
    expect(sandbox.requests).toHaveLength(1);
  });

  it('get no token for a wrong secret or another grant', async () => {
    const sandbox = await start({ dialect: 'kore' });
    expect((await form(sandbox, { client_secret: 'wrong' })).status).toBe(401);
    expect((await form(sandbox, { grant_type: 'password' })).status).toBe(400);
  });

  it('distinguish an expired token (403) from an unknown one (401)', async () => {
    const sandbox = await start({ dialect: 'kore' });
    const init = await bearer(sandbox);
    sandbox.revokeTokens();
    const stale = await get(sandbox, '/v1/Sims', init);
    expect(stale.status).toBe(403);
    expect(await stale.json()).toMatchObject({ error: 'Invalid or expired token' });
    const wrong = { headers: { authorization: 'Bearer wrong' } };
    expect(await outcome(await get(sandbox, '/v1/Sims', wrong))).toEqual([401, 20003]);
    expect((await get(sandbox, '/v1/Sims', await bearer(sandbox))).status).toBe(200);
  });

  it('reject a token with 403 after its lifetime', async () => {
    const sandbox = await start({ dialect: 'kore', tokenLifeSeconds: 0 });
    expect((await get(sandbox, '/v1/Sims', await bearer(sandbox))).status).toBe(403);
  });

  it('belong to a dialect with `eid`, a deleted SIM and another code for page tokens', async () => {
    const sandbox = await start({ dialect: 'kore' });
    const [sim] = sandbox.sims;
    expect(sim).toHaveProperty('eid');
    expect(sim).not.toHaveProperty('e_id');
    expect(sandbox.sims.map(({ status }) => status)).toContain('deleted');
    const query = '?Page=1&PageToken=none';
    const refused = await get(sandbox, sessionsPath(DEMO_SIM_SID, query), await bearer(sandbox));
    expect(await outcome(refused)).toEqual([400, 33103]);
  });
});

describe('a response of the sandbox', () => {
  it('is found by SID or unique name for a SIM, and by SID only for its sessions', async () => {
    const sandbox = await start();
    const [sim] = sandbox.sims;
    expect(await getBody(sandbox, `/v1/Sims/${DEMO_SIM_SID}`)).toEqual(sim);
    expect(await getBody(sandbox, `/v1/Sims/${sim?.unique_name}`)).toEqual(sim);
    for (const path of [
      sessionsPath(String(sim?.unique_name)),
      '/v1/Sims/DE0',
      '/v1/Fleets',
      '/',
      '/v1/Sims/%',
    ]) {
      expect(await outcome(await get(sandbox, path))).toEqual([404, 20404]);
    }
  });

  it('has a request ID, the number of requests in flight, and a content type', async () => {
    const sandbox = await start();
    const { headers } = await get(sandbox, '/v1/Sims');
    expect(headers.get('twilio-request-id')).toMatch(/^RQ[0-9a-f]{32}$/);
    expect(headers.get('twilio-request-id')).toBe(sandbox.requests[0]?.requestId);
    expect(headers.get('twilio-concurrent-requests')).toBe('1');
    expect(headers.get('content-type')).toBe('application/json');
  });

  it('is 405 for other methods than GET', async () => {
    const sandbox = await start();
    const { accountSid, authToken } = sandbox.credentials;
    const headers = { authorization: basic(accountSid, authToken) };
    const response = await get(sandbox, '/v1/Sims', { method: 'DELETE', headers });
    expect(await outcome(response)).toEqual([405, 20004]);
  });

  it('has absolute URLs with the configured base', async () => {
    const sandbox = await start({ pageUrlBase: 'https://wireless.twilio.com' });
    const page = await getBody(sandbox, sessionsPath(DEMO_SIM_SID));
    expect(nextOf(page).origin).toBe('https://wireless.twilio.com');
    expect(page.meta.url).toBe(
      `https://wireless.twilio.com${sessionsPath(DEMO_SIM_SID, '?PageSize=50&Page=0')}`,
    );
    expect(sandbox.sims[0]).toMatchObject({
      url: `https://wireless.twilio.com/v1/Sims/${DEMO_SIM_SID}`,
      links: { data_sessions: `https://wireless.twilio.com${sessionsPath(DEMO_SIM_SID)}` },
    });
  });
});

describe('the request log of the sandbox', () => {
  it('has requests and responses in order', async () => {
    const sandbox = await start();
    await get(sandbox, sessionsPath(DEMO_SIM_SID, '?PageSize=7'));
    await get(sandbox, '/v1/Sims/unknown');
    await sandbox.requestEnded(2);
    expect(sandbox.requests).toMatchObject([
      { method: 'GET', path: sessionsPath(DEMO_SIM_SID), status: 200, aborted: false },
      { method: 'GET', path: '/v1/Sims/unknown', status: 404, aborted: false },
    ]);
    expect(sandbox.requests[0]?.query.get('PageSize')).toBe('7');
    sandbox.clearRequests();
    expect(sandbox.requests).toEqual([]);
  });

  it('records disconnected clients', async () => {
    const sandbox = await start();
    sandbox.faults.add({ kind: 'hang' });
    const leaving = new AbortController();
    const { accountSid, authToken } = sandbox.credentials;
    const answer = fetch(`${sandbox.url}/v1/Sims`, {
      headers: { authorization: basic(accountSid, authToken) },
      signal: leaving.signal,
    });
    await sandbox.requestStarted();
    expect(sandbox.inFlight).toBe(1);
    leaving.abort();
    await expect(answer).rejects.toThrow();
    await sandbox.requestEnded();
    expect(sandbox.requests).toMatchObject([{ status: null, aborted: true }]);
    expect(sandbox.inFlight).toBe(0);
  });
});

describe('the concurrency limit of the sandbox', () => {
  it('rejects requests above it with 429', async () => {
    const sandbox = await start({ concurrencyLimit: 2 });
    const gate = new AbortController();
    sandbox.faults.add({ kind: 'hold', until: once(gate.signal, 'abort') });
    const held = [get(sandbox, '/v1/Sims'), get(sandbox, '/v1/Sims')];
    await sandbox.requestStarted(2);
    expect(await outcome(await get(sandbox, '/v1/Sims'))).toEqual([429, 20429]);
    gate.abort();
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200]);
    await sandbox.requestEnded(3);
    expect(sandbox.maxInFlight).toBe(2);
    expect((await get(sandbox, '/v1/Sims')).status).toBe(200);
  });
});
