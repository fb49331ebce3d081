import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/util/clock.js';
import { SIM, scopeFor, settingsFor, wireSim } from './fixtures.js';
import { connectWireless, type WirelessUpstream } from './wireless.js';

let server: Server;
let upstream: WirelessUpstream;
let requests: number;

afterEach(async () => {
  await upstream.close();
  server.close();
  await once(server, 'close');
});

/** Starts an upstream that sends these informational responses before each final response. */
async function connect(informational: string): Promise<void> {
  const body = JSON.stringify(wireSim(SIM));
  requests = 0;
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => {
      requests += 1;
      socket.write(`${informational}HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  upstream = connectWireless(settingsFor(`http://127.0.0.1:${port}`), systemClock);
}

const ask = () => upstream.sim(SIM, scopeFor(systemClock)).catch((error) => error);

const EARLY_HINTS = 'HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n';

describe('a response after informational responses', () => {
  it.each([
    ['102', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['103', EARLY_HINTS],
    ['three 103', EARLY_HINTS.repeat(3)],
    ['102 and 103 with a Retry-After', `HTTP/1.1 102 Processing\r\nretry-after: 9\r\n\r\n${EARLY_HINTS}`],
  ])('is the one that is used (%s)', async (_what, informational) => {
    await connect(informational);
    for (let times = 0; times < 3; times += 1) expect(await ask()).toMatchObject({ sid: SIM });
    expect(requests).toBe(3);
  });

  it('is a connection error if one of them is an unexpected 100', async () => {
    await connect('HTTP/1.1 100 Continue\r\n\r\n');
    expect(await ask()).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  });
});
