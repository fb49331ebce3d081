import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../../src/app.js';
import { readConfig } from '../../src/config/index.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { configFor } from '../support/gateway.js';
import { startIssuer } from '../support/issuer.js';
import { startProxy, type TestProxy } from '../support/proxy.js';

const HOST = 'upstream.test';

describe('a gateway with a proxy to the upstream', () => {
  let sandbox: Sandbox;
  let proxy: TestProxy;
  let gateway: Gateway;
  let log: string[];

  beforeEach(async () => {
    sandbox = await startSandbox();
    proxy = await startProxy(Number(new URL(sandbox.url).port));
    log = [];
  });
  afterEach(async () => {
    await gateway.close();
    await proxy.close();
    await sandbox.close();
  });

  const start = async (env: Record<string, string>) => {
    const all = { UPSTREAM_URL: `http://${HOST}`, HTTP_PROXY: proxy.url, ...env };
    const logger = pino({ level: 'trace' }, { write: (line: string) => void log.push(line) });
    gateway = await startGateway(configFor(sandbox, {}, all), logger);
  };
  const ask = async (sid = sandbox.cleanSimSid) => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: `{ sim(sid: "${sid}") { status } }` }),
    });
    return JSON.parse(await response.text());
  };
  const served = { data: { sim: { status: expect.any(String) } } };

  it('connects through it, once for several requests after each other', async () => {
    await start({});
    for (const sid of sandbox.simSids.slice(0, 3)) expect(await ask(sid)).toMatchObject(served);
    expect(proxy.connects).toEqual([{ target: `${HOST}:80`, authorization: undefined }]);
    expect(proxy.others).toBe(0);
    expect(sandbox.requests).toHaveLength(3);
  });

  it('has at most as many connections through it as UPSTREAM_CONCURRENCY', async () => {
    await start({ UPSTREAM_CONCURRENCY: '2' });
    const answers = await Promise.all(sandbox.simSids.slice(0, 8).map((sid) => ask(sid)));
    expect(answers).toHaveLength(8);
    for (const answer of answers) expect(answer).toMatchObject(served);
    expect(proxy.connects).toHaveLength(2);
  });

  it('sends the credentials of its URL to the proxy alone', async () => {
    const url = proxy.url.replace('//', '//a-user:a%3Apassword%25@');
    await start({ HTTP_PROXY: url });
    expect(await ask()).toMatchObject(served);
    const basic = Buffer.from('a-user:a:password%').toString('base64');
    expect(proxy.connects.map(({ authorization }) => authorization)).toEqual([`Basic ${basic}`]);
    expect(JSON.stringify(sandbox.requests)).not.toContain(basic);
    expect(log.join()).not.toMatch(/a-user|password|3Apassword/);
  });

  it.each([HOST, '.test', `other.test,${HOST}:80`, '*'])(
    'does not use it for hosts of NO_PROXY: %s',
    async (NO_PROXY) => {
      await start({ NO_PROXY, UPSTREAM_TIMEOUT_MS: '5000' });
      // The host does not resolve.
      expect(await ask()).toMatchObject({ errors: [{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }] });
      expect(proxy.connects).toEqual([]);
    },
  );

  it('uses it for hosts that NO_PROXY does not have', async () => {
    await start({ NO_PROXY: `other.test,${HOST}:8080,upstream.test.org` });
    expect(await ask()).toMatchObject(served);
    expect(proxy.connects).toHaveLength(1);
  });

  it('does not use it for hosts of this machine', async () => {
    await start({ UPSTREAM_URL: sandbox.url });
    expect(await ask()).toMatchObject(served);
    expect(proxy.connects).toEqual([]);
  });

  it('does not use it for the embedded sandbox, whatever NO_PROXY says', async () => {
    const config = readConfig({ HTTP_PROXY: proxy.url, FLEET: '3' });
    gateway = await startGateway({ ...config, port: 0 }, pino({ level: 'silent' }));
    expect(await ask(gateway.demoSid ?? '')).toMatchObject(served);
    expect(proxy.connects).toEqual([]);
  });

  it('says that the proxy has rejected the connection, and with which status, without its response', async () => {
    proxy.status = 407;
    await start({});
    const { data, errors } = await ask();
    expect(data).toEqual({ sim: null });
    expect(errors).toMatchObject([
      {
        message: 'The proxy rejected the connection to the upstream with status 407.',
        extensions: { code: 'UPSTREAM_UNAVAILABLE' },
      },
    ]);
    expect(JSON.stringify(errors) + log.join()).not.toContain('secret');
  });

  it('is UPSTREAM_UNAVAILABLE if the proxy cannot be reached', async () => {
    await start({ HTTP_PROXY: 'http://127.0.0.1:1' });
    expect(await ask()).toMatchObject({ errors: [{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }] });
  });
});

describe('a gateway with a proxy to the token endpoint', () => {
  it('requests access tokens through it', async () => {
    const sandbox = await startSandbox({ dialect: 'kore' });
    const proxy = await startProxy(Number(new URL(sandbox.url).port));
    const { pathname } = new URL(sandbox.credentials.tokenUrl);
    const config = configFor(
      sandbox,
      { dialect: 'kore' },
      {
        KORE_TOKEN_URL: `http://tokens.test${pathname}`,
        HTTP_PROXY: proxy.url,
      },
    );
    const gateway = await startGateway(config, pino({ level: 'silent' }));
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: `{ sim(sid: "${sandbox.cleanSimSid}") { status } }` }),
    });
    expect(await response.json()).toMatchObject({ data: { sim: { status: expect.any(String) } } });
    expect(proxy.connects.map(({ target }) => target)).toEqual(['tokens.test:80']);
    await gateway.close();
    await proxy.close();
    await sandbox.close();
  });
});

describe('a gateway with a proxy to the token issuer', () => {
  it('fetches the keys through it', async () => {
    const issuer = await startIssuer();
    const proxy = await startProxy(Number(new URL(issuer.jwksUrl).port));
    const env = {
      GATEWAY_AUTH: 'jwt',
      JWT_JWKS_URL: 'https://127.0.0.1/keys',
      JWT_ISSUER: issuer.issuer,
      JWT_AUDIENCE: issuer.audience,
      HTTP_PROXY: proxy.url,
    };
    const config = readConfig(env);
    if (config.auth.kind !== 'jwt') throw new Error('expected jwt');
    // The configuration would not accept this URL, because it has no TLS.
    const auth = { ...config.auth, jwksUrl: 'http://issuer.test/keys' };
    const gateway = await startGateway({ ...config, auth, port: 0 }, pino({ level: 'silent' }));
    const ask = async () => {
      const headers = {
        'content-type': 'application/json',
        authorization: `Bearer ${await issuer.sign({ scope: 'wireless:read' })}`,
      };
      const body = JSON.stringify({ query: '{ __typename }' });
      return (await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body })).status;
    };
    expect(await ask()).toBe(200);
    expect(proxy.connects.map(({ target }) => target)).toEqual(['issuer.test:80']);
    expect(issuer.fetches).toBe(1);
    await gateway.close();
    await proxy.close();
    await issuer.close();
  });
});
