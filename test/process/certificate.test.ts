import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { startProcess } from '../support/process.js';
import { startProxy } from '../support/proxy.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** Creates a certificate authority and a certificate of `localhost` that it has signed. */
function certificates(folder: string): { ca: string; cert: Buffer; key: Buffer } {
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => {
    const { status, stderr } = spawnSync('openssl', args);
    if (status !== 0) throw new Error(String(stderr));
  };
  const create = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '1',
  ];
  openssl(...create, '-subj', '/CN=Test CA', '-keyout', file('ca.key'), '-out', file('ca.pem'));
  openssl(
    ...[...create, '-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:localhost,DNS:upstream.test', '-addext', 'basicConstraints=CA:FALSE'],
    ...['-keyout', file('key.pem'), '-out', file('cert.pem')],
  );
  return { ca: file('ca.pem'), cert: readFileSync(file('cert.pem')), key: readFileSync(file('key.pem')) };
}

describe.skipIf(!hasOpenssl)('a gateway whose upstream has a certificate of a private authority', () => {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  let sandbox: Sandbox;
  let tls: Server;
  let port: number;
  let ca: string;

  beforeAll(async () => {
    sandbox = await startSandbox();
    const { ca: authority, ...pair } = certificates(folder);
    ca = authority;
    const { port: target } = new URL(sandbox.url);
    tls = createServer(pair, (socket) => {
      const upstream = connect(Number(target), '127.0.0.1');
      for (const end of [socket, upstream]) end.on('error', () => undefined);
      socket.pipe(upstream).pipe(socket);
    });
    tls.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
    port = (tls.address() as AddressInfo).port;
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    tls.close();
    await sandbox.close();
  });

  /** Sends one operation to a gateway with these variables, and stops it. */
  async function askWith(env: Record<string, string>): Promise<unknown> {
    const gateway = await startProcess({
      TWILIO_ACCOUNT_SID: sandbox.credentials.accountSid,
      TWILIO_AUTH_TOKEN: sandbox.credentials.authToken,
      UPSTREAM_URL: `https://localhost:${port}`,
      ...env,
    });
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: `{ sim(sid: "${sandbox.cleanSimSid}") { status } }` }),
    });
    const body = await response.json();
    gateway.signal('SIGTERM');
    expect(await gateway.exit).toBe(0);
    return body;
  }
  const served = { data: { sim: { status: expect.any(String) } } };

  it('accepts it with NODE_EXTRA_CA_CERTS', async () => {
    expect(await askWith({ NODE_EXTRA_CA_CERTS: ca })).toMatchObject(served);
  });

  it('accepts it with NODE_EXTRA_CA_CERTS through a proxy, which does not see the requests', async () => {
    const proxy = await startProxy(port);
    const env = { UPSTREAM_URL: 'https://upstream.test', HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: ca };
    expect(await askWith(env)).toMatchObject(served);
    expect(proxy.connects).toEqual([{ target: 'upstream.test:443', authorization: undefined }]);
    expect(proxy.others).toBe(0);
    await proxy.close();
  });

  it('rejects it without, with UPSTREAM_UNAVAILABLE', async () => {
    expect(await askWith({})).toMatchObject({ errors: [{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }] });
  });
});
