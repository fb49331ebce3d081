import { Agent, get as httpGet, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { type GatewayProcess, startProcess } from '../support/process.js';

/** One request over a connection of its own, which is kept for the next. */
function keptConnection(url: string): { get(path: string): Promise<IncomingMessage>; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    get: (path) =>
      new Promise((resolve, reject) => {
        httpGet(url + path, { agent }, (response) => {
          response.resume().once('end', () => resolve(response));
        }).once('error', reject);
      }),
    close: () => agent.destroy(),
  };
}

describe('a gateway that is told to stop', () => {
  let sandbox: Sandbox;
  let gateway: GatewayProcess;
  let release: () => void;

  beforeEach(async () => {
    sandbox = await startSandbox();
    gateway = await startProcess({
      TWILIO_ACCOUNT_SID: sandbox.credentials.accountSid,
      TWILIO_AUTH_TOKEN: sandbox.credentials.authToken,
      UPSTREAM_URL: sandbox.url,
    });
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    sandbox.faults.add({ kind: 'hold', until });
  });
  afterEach(async () => {
    gateway.signal('SIGKILL');
    release();
    await sandbox.close();
  });

  async function inFlight(): Promise<{ answer: Promise<Response> }> {
    const answer = fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: `{ sim(sid: "${sandbox.cleanSimSid}") { status } }` }),
    });
    answer.catch(() => undefined);
    await sandbox.requestStarted();
    return { answer };
  }

  it('finishes what is in flight, is not ready for more, and ends with 0', async () => {
    const kept = keptConnection(gateway.url);
    expect((await kept.get('/ready')).statusCode).toBe(200);
    const { answer } = await inFlight();
    gateway.signal('SIGTERM');
    await gateway.line('"stopping"');

    const probe = await kept.get('/ready');
    expect([probe.statusCode, probe.headers.connection]).toEqual([503, 'close']);
    await expect(fetch(`${gateway.url}/health`)).rejects.toThrow();

    release();
    const response = await answer;
    expect(response.headers.get('connection')).toBe('close');
    expect(await response.json()).toMatchObject({ data: { sim: { status: expect.any(String) } } });
    expect(await gateway.exit).toBe(0);
    expect(gateway.errors()).toBe('');
    kept.close();
  });

  it('ends at once when nothing is in flight, kept connections or not', async () => {
    const kept = keptConnection(gateway.url);
    await kept.get('/ready');
    gateway.signal('SIGINT');
    expect(await gateway.exit).toBe(0);
    kept.close();
  });

  it('does not wait any longer when it is told a second time', async () => {
    const { answer } = await inFlight();
    gateway.signal('SIGTERM');
    await gateway.line('"stopping"');
    gateway.signal('SIGTERM');
    expect(await gateway.exit).toBe(1);
    await expect(answer).rejects.toThrow();
  });
});
