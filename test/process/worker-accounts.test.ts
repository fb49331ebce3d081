import { afterEach, describe, expect, it } from 'vitest';
import { changeableFile } from '../support/accounts.js';
import { freePort } from '../support/free-port.mjs';
import { startProcess } from '../support/process.js';
import { sha256 } from '../support/wire.js';
import { type Received, StubServer, sendJson } from '../upstream/stub-server.js';

const SID = `DE${'0'.repeat(32)}`;

/** Accepts only the credentials of the account `alpha`. */
function serveAlpha(request: Received): void {
  const [, credentials = ''] = (request.headers.authorization ?? '').split(' ');
  const isAlpha = Buffer.from(credentials, 'base64').toString().startsWith('ACalpha:');
  if (isAlpha) sendJson(request, 200, { sid: SID, status: 'active' });
  else sendJson(request, 401, { code: 20003, message: 'Authenticate' });
}

describe('a gateway with several WORKERS and accounts', () => {
  const cleanUps: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  it('merges the states of the accounts by name, also when the workers have them in another order', async () => {
    const upstream = await StubServer.start(serveAlpha);
    cleanUps.push(() => upstream.stop());
    const account = (name: string, concurrency: number) => {
      return {
        name,
        dialect: 'twilio',
        url: upstream.url,
        accountSid: `AC${name}`,
        authToken: 'x',
        concurrency,
      };
    };
    const file = changeableFile({ accounts: [account('alpha', 10), account('beta', 10)] });
    cleanUps.push(() => file.remove());
    const port = await freePort();
    const gateway = await startProcess({
      WORKERS: '2',
      UPSTREAM_ACCOUNTS: file.path,
      GATEWAY_AUTH: 'token',
      GATEWAY_TOKENS: ['alpha', 'beta']
        .map((name) => `${name}:${sha256(name)}:wireless:read:${name}`)
        .join(','),
      INTERNAL_PORT: String(port),
      LOG_LEVEL: 'debug',
    });
    cleanUps.push(async () => {
      gateway.signal('SIGKILL');
      await gateway.exit;
    });

    // A worker that replaces an account has it last; one that starts has the order of the file.
    file.write({ accounts: [account('alpha', 20), account('beta', 10)] });
    gateway.signal('SIGHUP');
    await gateway.line('"account replaced"', 2);
    const { pid } = JSON.parse(await gateway.line('"account replaced"'));
    process.kill(pid, 'SIGKILL');
    await gateway.line('"worker listening"', 2);

    // Over connections of their own, so that both workers see that the upstream rejects the account.
    for (let n = 0; n < 4; n += 1)
      await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer beta', connection: 'close' },
        body: JSON.stringify({ query: `{ sim(sid: "${SID}") { status } }` }),
      }).then((response) => response.text());
    const operations = gateway.lines.filter((line) => line.includes('"msg":"operation"'));
    expect(new Set(operations.map((line) => JSON.parse(line).pid)).size).toBe(2);
    const ready = await fetch(`http://127.0.0.1:${port}/ready`);
    expect(await ready.json()).toEqual({
      ready: true,
      upstream: { state: 'unauthorized', accounts: { ok: 1, throttled: 0, failing: 0, unauthorized: 1 } },
    });
  });
});
