import { afterEach, describe, expect, it } from 'vitest';
import { startWireGateway, type WireGateway, type WireOptions } from '../support/wire.js';

const WARN = 40;
const ERROR = 50;
const INFO = 30;

describe('/ready', () => {
  let gateway: WireGateway;

  afterEach(() => gateway.close());

  const start = async (options?: WireOptions) => {
    gateway = await startWireGateway(options);
  };
  const ask = async (times: number, sid = gateway.sandbox.cleanSimSid) => {
    for (let n = 0; n < times; n += 1) await gateway.post({ query: `{ sim(sid: "${sid}") { status } }` });
  };

  /** Returns the status and body of /ready, and the state of the gauge. */
  async function seen(): Promise<{ status: number; body: unknown; gauge: string[] }> {
    const { status, text } = await gateway.fetch('/ready');
    const metrics = (await gateway.fetch('/metrics')).text;
    const gauge = [...metrics.matchAll(/^gateway_upstream_state\{account="default",state="(\w+)"\} 1$/gm)];
    return { status, body: JSON.parse(text), gauge: gauge.map(([, state = '']) => state) };
  }
  const ready = (state: string) => ({
    status: 200,
    body: { ready: true, upstream: { state } },
    gauge: [state],
  });
  /** Level and state of each log line about the upstream's state. */
  const changes = () =>
    gateway.log
      .map((line) => JSON.parse(line) as { level: number; state?: string; msg: string })
      .filter(({ msg }) => /^upstream (unavailable|rejects|recovered)/.test(msg))
      .map(({ level, state }) => [level, state]);

  it('is 200 before the first upstream request, and while requests succeed', async () => {
    await start();
    expect(await seen()).toEqual(ready('ok'));
    await ask(1);
    expect(await seen()).toEqual(ready('ok'));
    expect(changes()).toEqual([]);
  });

  it('is 200 while the upstream fails, and the log has one warning for the outage', async () => {
    await start();
    gateway.sandbox.faults.add({ kind: 'status', status: 503 });
    await ask(15);
    expect(await seen()).toEqual(ready('failing'));
    expect(changes()).toEqual([[WARN, 'failing']]);
  });

  it('is 200 with invalid credentials, and the log has one error', async () => {
    await start({ env: { TWILIO_AUTH_TOKEN: 'wrong' } });
    await ask(5);
    expect(await seen()).toEqual(ready('unauthorized'));
    expect(changes()).toEqual([[ERROR, 'unauthorized']]);
  });

  it('shows credentials without permissions, and the recovery', async () => {
    await start();
    const fault = gateway.sandbox.faults.add({ kind: 'status', status: 403 });
    await ask(3);
    expect(await seen()).toEqual(ready('unauthorized'));
    fault();
    await ask(3);
    expect(await seen()).toEqual(ready('ok'));
    expect(changes()).toEqual([
      [ERROR, 'unauthorized'],
      [INFO, 'ok'],
    ]);
  });

  it('does not report invalid credentials for a single forbidden SIM', async () => {
    await start();
    const [refused, served] = gateway.sandbox.simSids;
    gateway.sandbox.faults.add({ kind: 'status', status: 403, path: `/${refused}` });
    for (let round = 0; round < 5; round += 1) {
      await ask(1, served);
      await ask(1, refused);
      expect(await seen()).toEqual(ready('ok'));
    }
    expect(changes()).toEqual([]);
  });

  it('shows throttling, without a log line', async () => {
    await start({ env: { OPERATION_TIMEOUT_MS: '1000' } });
    gateway.sandbox.faults.add({ kind: 'status', status: 429, retryAfter: 30 });
    await ask(3);
    expect(await seen()).toEqual(ready('throttled'));
    expect(changes()).toEqual([]);
  });

  describe('with access tokens', () => {
    const sandbox = { dialect: 'kore' } as const;

    it('shows rejected client credentials', async () => {
      await start({ sandbox, env: { KORE_CLIENT_SECRET: 'wrong' } });
      await ask(3);
      expect(await seen()).toEqual(ready('unauthorized'));
      expect(changes()).toEqual([[ERROR, 'unauthorized']]);
    });

    it('shows an unavailable token endpoint', async () => {
      await start({ sandbox });
      const { pathname: path } = new URL(gateway.sandbox.credentials.tokenUrl);
      gateway.sandbox.faults.add({ kind: 'status', status: 503, path });
      await ask(3);
      expect(await seen()).toEqual(ready('failing'));
      expect(changes()).toEqual([[WARN, 'failing']]);
    });

    it('does not report invalid credentials for an expired token', async () => {
      await start({ sandbox });
      await ask(1);
      gateway.sandbox.faults.add({ kind: 'status', status: 401, times: 1 });
      await ask(1);
      expect(await seen()).toEqual(ready('ok'));
      expect(changes()).toEqual([]);
    });
  });
});
