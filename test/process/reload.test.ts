import { afterEach, describe, expect, it } from 'vitest';
import { type ChangeableFile, changeableFile, startCheckedSandbox } from '../support/accounts.js';
import { type GatewayProcess, startProcess } from '../support/process.js';
import { sha256 } from '../support/wire.js';

interface Body {
  readonly data?: {
    readonly sim: {
      readonly dataSessions: {
        readonly nodes: readonly { readonly sid: string }[];
        readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
      };
    };
  };
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
}

const RELOADED = '"configuration reloaded"';

describe('SIGHUP', () => {
  const cleanUps: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  async function start(env: Record<string, string>): Promise<GatewayProcess> {
    const gateway = await startProcess({ CACHE_TTL_MS: '0', STALE_IF_ERROR_MS: '0', ...env });
    cleanUps.push(async () => {
      gateway.signal('SIGTERM');
      await gateway.exit;
    });
    return gateway;
  }

  async function startUpstream() {
    const check = await startCheckedSandbox();
    cleanUps.push(() => check.close());
    const { sandbox, url } = check;
    const env = { UPSTREAM_URL: url, TWILIO_ACCOUNT_SID: sandbox.credentials.accountSid };
    return { sandbox, check, env };
  }

  function secretFile(content: string): ChangeableFile {
    const file = changeableFile(content);
    cleanUps.push(() => file.remove());
    return file;
  }

  /** Starts a gateway that accepts one bearer token, which is in a file. */
  async function startWithToken(token: string) {
    const { check, env } = await startUpstream();
    check.accept('password');
    const file = secretFile(`a:${sha256(token)}:wireless:read`);
    const gateway = await start({
      ...env,
      TWILIO_AUTH_TOKEN: 'password',
      GATEWAY_AUTH: 'token',
      GATEWAY_TOKENS_FILE: file.path,
    });
    return { gateway, file };
  }

  const lastLine = async (gateway: GatewayProcess, text: string, seen: number) => {
    while (gateway.lines.filter((line) => line.includes(text)).length <= seen)
      await new Promise((resolve) => setImmediate(resolve));
  };
  const reload = async (gateway: GatewayProcess) => {
    const seen = gateway.lines.filter((line) => line.includes(RELOADED)).length;
    gateway.signal('SIGHUP');
    await lastLine(gateway, RELOADED, seen);
  };

  async function post(gateway: GatewayProcess, query: string, token = '') {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query }),
    });
    return { status: response.status, ...((await response.json()) as Body) };
  }
  const sessionsOf = (data: Body['data']) => {
    if (data === undefined) throw new Error('expected data');
    return data.sim.dataSessions;
  };
  const window = (sid: string, after: string | null) =>
    `{ sim(sid: "${sid}") { dataSessions(first: 20${after === null ? '' : `, after: "${after}"`}) { nodes { sid } pageInfo { hasNextPage endCursor } } } }`;

  it('replaces the upstream credentials while clients walk: no request fails, and their cursors stay valid', async () => {
    const { sandbox, check, env } = await startUpstream();
    const file = secretFile('password-1');
    check.accept('password-1');
    const gateway = await start({ ...env, TWILIO_AUTH_TOKEN_FILE: file.path });
    const sid = sandbox.cleanSimSid;
    const sids: string[] = [];
    let after: string | null = null;
    for (let page = 0; ; page += 1) {
      if (page === 3) {
        file.write('password-2\n');
        await reload(gateway);
        check.accept('password-2');
      }
      const { data, errors }: Partial<Body> = await post(gateway, window(sid, after));
      expect(errors).toBeUndefined();
      const { nodes, pageInfo } = sessionsOf(data);
      sids.push(...nodes.map(({ sid }) => sid));
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
    }
    const { data } = await post(
      gateway,
      `{ sim(sid: "${sid}") { dataSessions(first: 1000) { nodes { sid } } } }`,
    );
    expect(sids).toEqual(sessionsOf(data).nodes.map(({ sid }) => sid));
    expect(check.rejected).toBe(0);
    expect(gateway.lines.some((line) => line.includes('"upstream credentials replaced"'))).toBe(true);
    expect(gateway.lines.join('\n')).not.toMatch(/password-\d/);
  });

  it('rotates cursor secrets: old cursors are valid while their secret is listed, then CURSOR_EXPIRED', async () => {
    const { sandbox, check, env } = await startUpstream();
    check.accept('password');
    const [older, newer] = ['the-older-secret-of-the-cursors-1', 'the-newer-secret-of-the-cursors-2'];
    const file = secretFile(older);
    const gateway = await start({ ...env, TWILIO_AUTH_TOKEN: 'password', CURSOR_SECRETS_FILE: file.path });
    const sid = sandbox.cleanSimSid;
    const cursorOf = async () => sessionsOf((await post(gateway, window(sid, null))).data).pageInfo.endCursor;
    const first = await cursorOf();
    file.write(`${newer},${older}`);
    await reload(gateway);
    const second = await cursorOf();
    expect(second).not.toBe(first);
    for (const cursor of [first, second])
      expect((await post(gateway, window(sid, cursor))).errors).toBeUndefined();
    file.write(newer);
    await reload(gateway);
    expect((await post(gateway, window(sid, second))).errors).toBeUndefined();
    const { errors } = await post(gateway, window(sid, first));
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['CURSOR_EXPIRED']);
  });

  it('replaces bearer tokens', async () => {
    const { gateway, file } = await startWithToken('one');
    const statuses = async () => [
      (await post(gateway, '{ __typename }', 'one')).status,
      (await post(gateway, '{ __typename }', 'two')).status,
    ];
    expect(await statuses()).toEqual([200, 401]);
    file.write(`b:${sha256('two')}:wireless:read`);
    await reload(gateway);
    expect(await statuses()).toEqual([401, 200]);
    expect(gateway.lines.join('\n')).toContain(
      '"audit":"tokens","change":"replaced","added":["b"],"removed":["a"]',
    );
  });

  it('keeps the present configuration when the new one is invalid, and says why without a secret', async () => {
    const { sandbox, check, env } = await startUpstream();
    check.accept('password');
    const file = secretFile('password');
    const gateway = await start({ ...env, TWILIO_AUTH_TOKEN_FILE: file.path });
    file.write('two words-of-a-secret');
    gateway.signal('SIGHUP');
    expect(await gateway.line('configuration not reloaded')).toContain(
      'TWILIO_AUTH_TOKEN_FILE: expected a credential',
    );
    expect(gateway.lines.join('\n')).not.toContain('words-of-a-secret');
    expect((await post(gateway, window(sandbox.cleanSimSid, null))).errors).toBeUndefined();
  });

  it('is not needed: a secret that changes in its file is taken over within seconds', async () => {
    const { gateway, file } = await startWithToken('one');
    file.write(`b:${sha256('two')}:wireless:read`);
    await gateway.line(RELOADED);
    expect((await post(gateway, '{ __typename }', 'two')).status).toBe(200);
  });
});
