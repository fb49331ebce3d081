import { Agent, get as httpGet, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { freePort } from '../support/free-port.mjs';
import { type GatewayProcess, startProcess } from '../support/process.js';

/** Sends a request over a new keep-alive connection. */
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

/** A raw connection. */
class RawConnection {
  readonly #socket: Socket;
  #text = '';
  readonly closed: Promise<string>;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#socket = connect(Number(port), hostname);
    this.closed = new Promise((resolve) => {
      this.#socket.on('error', (error) => {
        this.#text += `<${error.name}>`;
      });
      this.#socket.once('close', () => resolve(this.#text));
    });
    this.#socket.on('data', (data) => {
      this.#text += data;
    });
  }

  /** Resolves when the bytes have been passed to the operating system. */
  write(bytes: string): Promise<void> {
    return new Promise((resolve) => this.#socket.write(bytes, () => resolve()));
  }

  /** Sends a request and waits for the response. */
  async ask(bytes: string, end: string): Promise<void> {
    const before = this.#text.length;
    await this.write(bytes);
    while (!this.#text.slice(before).includes(end)) {
      await new Promise((resolve) => this.#socket.once('data', resolve));
    }
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

const BODY = JSON.stringify({ query: '{ __typename }' });
const POST = `POST /graphql HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

describe('a gateway that receives SIGTERM', () => {
  let sandbox: Sandbox;
  let gateway: GatewayProcess;
  let release: () => void;

  const start = (env: Record<string, string> = {}) =>
    startProcess({
      TWILIO_ACCOUNT_SID: sandbox.credentials.accountSid,
      TWILIO_AUTH_TOKEN: sandbox.credentials.authToken,
      UPSTREAM_URL: sandbox.url,
      ...env,
    });

  /** Ends the gateway of the other tests and starts one with other variables. */
  const restart = async (env: Record<string, string>) => {
    gateway.signal('SIGKILL');
    gateway = await start(env);
  };

  beforeEach(async () => {
    sandbox = await startSandbox();
    gateway = await start();
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

  /** Waits until new connections are rejected. */
  async function refused(url: string): Promise<void> {
    for (;;) {
      try {
        await (await fetch(`${url}/health`)).text();
      } catch {
        return;
      }
    }
  }

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

  it('completes operations in flight, is not ready, and exits with 0', async () => {
    const kept = keptConnection(gateway.url);
    expect((await kept.get('/ready')).statusCode).toBe(200);
    const { answer } = await inFlight();
    gateway.signal('SIGTERM');
    await gateway.line('"stopping"');

    const probe = await kept.get('/ready');
    expect([probe.statusCode, probe.headers.connection]).toEqual([503, 'close']);
    // New connections are served for a moment and then rejected.
    const late = await fetch(`${gateway.url}/ready`);
    expect([late.status, late.headers.get('connection')]).toEqual([503, 'close']);
    await refused(gateway.url);

    release();
    const response = await answer;
    expect(response.headers.get('connection')).toBe('close');
    expect(await response.json()).toMatchObject({ data: { sim: { status: expect.any(String) } } });
    expect(await gateway.exit).toBe(0);
    expect(gateway.errors()).toBe('');
    kept.close();
  });

  it('responds to each request that arrived on an idle connection before the signal', async () => {
    const connections = Array.from({ length: 50 }, () => new RawConnection(gateway.url));
    await Promise.all(connections.map((connection) => connection.ask(POST, '"Query"')));
    // The process receives the signal and the requests at the same time.
    gateway.signal('SIGSTOP');
    await Promise.all(connections.map((connection) => connection.write(POST)));
    gateway.signal('SIGTERM');
    gateway.signal('SIGCONT');
    for (const connection of connections) {
      const [, , last = ''] = (await connection.closed).split('HTTP/1.1 ');
      expect(last).toMatch(/^200 OK/);
      expect(last).toMatch(/"Query"[^<]*$/);
    }
    expect(await gateway.exit).toBe(0);
  });

  it('responds to requests on keep-alive connections, and closes these', async () => {
    const connections = Array.from({ length: 50 }, () => new RawConnection(gateway.url));
    let sent = 0;
    // A client sends requests until it receives `connection: close`.
    const clients = connections.map(async (connection) => {
      let open = true;
      const ended = connection.closed.then((text) => {
        open = false;
        return text;
      });
      for (let run = 0; open; run += 1) {
        await Promise.race([connection.ask(POST, '"Query"'), ended]);
        if (open) sent += 1;
        await new Promise((resolve) => setTimeout(resolve, 5 + (run % 15)));
        if (run === 2) stop();
      }
      return ended;
    });
    let told = false;
    const stop = () => {
      if (!told) gateway.signal('SIGTERM');
      told = true;
    };
    const texts = await Promise.all(clients);
    const answered = texts.map((text) => text.split('HTTP/1.1 200 OK').length - 1);
    expect(answered.reduce((sum, count) => sum + count, 0)).toBe(sent);
    for (const text of texts) expect(text).not.toContain('<Error>');
    expect(await gateway.exit).toBe(0);
  });

  it('waits for the rest of an incomplete request', async () => {
    const connection = new RawConnection(gateway.url);
    await connection.write(POST.slice(0, 40));
    await new RawConnection(gateway.url).ask(POST, '"Query"');
    gateway.signal('SIGTERM');
    await gateway.line('"stopping"');
    await refused(gateway.url);
    await connection.write(POST.slice(40));
    expect(await connection.closed).toMatch(/^HTTP\/1.1 200 OK\r\n[^<]*"Query"/);
    expect(await gateway.exit).toBe(0);
  });

  it('exits soon when nothing is in flight, with or without keep-alive connections', async () => {
    const kept = keptConnection(gateway.url);
    await kept.get('/ready');
    gateway.signal('SIGINT');
    expect(await gateway.exit).toBe(0);
    kept.close();
  });

  it('is not ready at once, but accepts connections and operations for DRAIN_DELAY_MS', async () => {
    await restart({ DRAIN_DELAY_MS: '4000' });
    gateway.signal('SIGTERM');
    await gateway.line('"stopping"');
    const ready = await fetch(`${gateway.url}/ready`);
    expect([ready.status, ready.headers.get('connection')]).toEqual([503, 'close']);
    release();
    const { answer } = await inFlight();
    expect((await answer).status).toBe(200);
    await refused(gateway.url);
    expect(await gateway.exit).toBe(0);
  });

  it('exits immediately at a second signal within DRAIN_DELAY_MS', async () => {
    await restart({ DRAIN_DELAY_MS: '600000' });
    gateway.signal('SIGTERM');
    await gateway.line('"stopping"');
    gateway.signal('SIGTERM');
    expect(await gateway.exit).toBe(1);
  });

  it('aborts what is in flight after SHUTDOWN_GRACE_MS, and exits with 0', async () => {
    await restart({ SHUTDOWN_GRACE_MS: '1' });
    const { answer } = await inFlight();
    gateway.signal('SIGTERM');
    await expect(answer).rejects.toThrow();
    await gateway.line('"operations":1');
    expect(await gateway.exit).toBe(0);
  });

  it('serves /ready and /metrics on INTERNAL_PORT until the operations in flight have ended', async () => {
    const port = await freePort();
    const internal = `http://127.0.0.1:${port}`;
    await restart({ INTERNAL_PORT: String(port) });
    const { answer } = await inFlight();
    gateway.signal('SIGTERM');
    await gateway.line('"stopping"');
    await refused(gateway.url);
    expect((await fetch(`${internal}/ready`)).status).toBe(503);
    expect(await (await fetch(`${internal}/metrics`)).text()).toContain('gateway_operations_in_flight 1');
    release();
    expect((await answer).status).toBe(200);
    expect(await gateway.exit).toBe(0);
  });

  it('exits immediately at a second signal', async () => {
    const { answer } = await inFlight();
    gateway.signal('SIGTERM');
    await gateway.line('"stopping"');
    gateway.signal('SIGTERM');
    expect(await gateway.exit).toBe(1);
    await expect(answer).rejects.toThrow();
  });
});
