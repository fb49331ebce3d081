import dns from 'node:dns';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_CONNECTION_AGE_MS, Transport } from '../../src/upstream/http/transport.js';
import { ManualClock } from './manual-clock.js';

const NEVER = new AbortController().signal;

/** Starts servers on one port of several loopback addresses. Each responds with its address. */
async function startServers(...addresses: string[]): Promise<{ port: number; servers: Server[] }> {
  const servers: Server[] = [];
  let port = 0;
  for (const address of addresses) {
    const server = createServer((_request, response) => response.end(address));
    await new Promise<void>((resolve) => server.listen(port, address, resolve));
    servers.push(server);
    port = (server.address() as AddressInfo).port;
  }
  return { port, servers };
}

describe('the connections to the upstream', () => {
  let clock: ManualClock;
  let transport: Transport;
  let servers: Server[];
  let port: number;
  let lookups: number;

  /** Resolves every host to these addresses. */
  const resolveTo = (...addresses: string[]) => {
    lookups = 0;
    const answers = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    const lookup = (_host: string, _options: object, done: (error: null, found: object) => void) => {
      lookups += 1;
      done(null, answers);
    };
    vi.spyOn(dns, 'lookup').mockImplementation(lookup as unknown as typeof dns.lookup);
  };
  const send = async () => {
    const request = {
      method: 'GET',
      origin: `http://upstream.test:${port}`,
      path: '/',
      headers: {},
    } as const;
    return String((await transport.send(request, NEVER)).body);
  };

  beforeEach(async () => {
    ({ port, servers } = await startServers('127.0.0.1', '127.0.0.2'));
    clock = new ManualClock();
    transport = new Transport({ connections: 1, attemptTimeoutMs: 10_000, proxy: null }, clock);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await transport.close();
    for (const server of servers) server.close();
  });

  it('are used again, without resolving the host again', async () => {
    resolveTo('127.0.0.1');
    for (let n = 0; n < 3; n += 1) expect(await send()).toBe('127.0.0.1');
    expect(lookups).toBe(1);
  });

  it('lead to another address within five minutes after the DNS has changed, also in constant use', async () => {
    resolveTo('127.0.0.1');
    expect(await send()).toBe('127.0.0.1');
    resolveTo('127.0.0.2');
    clock.advance(MAX_CONNECTION_AGE_MS);
    expect(await send()).toBe('127.0.0.1');
    clock.advance(1);
    expect(await send()).toBe('127.0.0.2');
    expect(MAX_CONNECTION_AGE_MS).toBe(5 * 60_000);
  });

  it('are replaced without aborting the request that is in flight on them', async () => {
    let release = () => {};
    const [first] = servers;
    const arrived = new Promise<void>((resolve) => {
      first?.removeAllListeners('request').on('request', (_request, response) => {
        release = () => response.end('late');
        resolve();
      });
    });
    resolveTo('127.0.0.1');
    const pending = send();
    await arrived;
    resolveTo('127.0.0.2');
    // `advance` would also pass the time limit of the attempt.
    const now = vi.spyOn(clock, 'now').mockReturnValue(clock.now() + MAX_CONNECTION_AGE_MS + 1);
    expect(await send()).toBe('127.0.0.2');
    now.mockRestore();
    release();
    expect(await pending).toBe('late');
  });

  it('use the next address of a host if the first one does not accept connections', async () => {
    // Nothing listens on ::1.
    resolveTo('::1', '127.0.0.2');
    expect(await send()).toBe('127.0.0.2');
  });
});
