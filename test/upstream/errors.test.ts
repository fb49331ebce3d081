import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UpstreamLog, UpstreamSettings } from '../../src/upstream/settings.js';
import { rejection, SIM, scopeFor, settingsFor, simSid, wireSim } from './fixtures.js';
import { ManualClock } from './manual-clock.js';
import { StubServer, sendJson } from './stub-server.js';
import { connectWireless, type WirelessUpstream } from './wireless.js';

let server: StubServer;
let clock: ManualClock;
const open: WirelessUpstream[] = [];

beforeEach(async () => {
  server = await StubServer.start();
  clock = new ManualClock();
});

afterEach(async () => {
  for (const upstream of open.splice(0)) await upstream.close();
  await server.stop();
});

function upstreamWith(changes: Partial<UpstreamSettings> = {}): WirelessUpstream {
  const upstream = connectWireless(settingsFor(server.url, changes), clock);
  open.push(upstream);
  return upstream;
}

/** Requests a SIM with a deadline that leaves no time for a retry. */
function ask(changes: Partial<UpstreamSettings> = {}): Promise<unknown> {
  clock.jitter = 0.99;
  return rejection(upstreamWith(changes).sim(SIM, scopeFor(clock, 200)));
}

describe('an error response of the upstream', () => {
  it.each([
    [400, 20001, 'UPSTREAM_BAD_RESPONSE'],
    [401, 20003, 'UPSTREAM_UNAUTHORIZED'],
    [403, 20003, 'UPSTREAM_UNAUTHORIZED'],
    [409, 20409, 'UPSTREAM_BAD_RESPONSE'],
    [429, 20429, 'RATE_LIMITED'],
    [500, 20500, 'UPSTREAM_UNAVAILABLE'],
    [503, 20503, 'UPSTREAM_UNAVAILABLE'],
  ])('with status %i and code %i is reported as %s with both', async (status, code, expected) => {
    server.answer = (request) =>
      sendJson(request, status, { code, message: 'sensitive' }, { 'twilio-request-id': 'RQ0123-ab_c' });
    expect(await ask()).toMatchObject({
      code: expected,
      facts: { status, code, requestId: 'RQ0123-ab_c' },
    });
  });

  it('with an unsafe request ID is reported without it', async () => {
    server.answer = (request) => sendJson(request, 400, {}, { 'twilio-request-id': '<b>x</b>' });
    expect(await ask()).toMatchObject({ facts: { status: 400 } });
    expect(await ask()).not.toHaveProperty('facts.requestId');
  });

  it('with the overload code of KORE is UPSTREAM_UNAVAILABLE, whatever its status', async () => {
    server.answer = (request) => sendJson(request, 400, { code: 33004 });
    expect(await ask({ dialect: 'kore' })).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expect(await ask({ dialect: 'twilio' })).toMatchObject({ code: 'UPSTREAM_BAD_RESPONSE' });
  });

  it('with the paging code of KORE is reported with that code', async () => {
    server.answer = (request) => sendJson(request, 422, { code: '33103' });
    expect(await ask({ dialect: 'kore' })).toMatchObject({
      code: 'UPSTREAM_BAD_RESPONSE',
      facts: { status: 422, code: 33103 },
    });
  });
});

describe('a SIM does not exist', () => {
  it.each([
    ['a 404 with an error of the API', 404, '{"code":20404,"message":"not found","status":404}'],
    ['an empty 404', 404, ''],
  ])('after %s', async (_what, status, body) => {
    server.answer = ({ response }) => response.writeHead(status).end(body);
    expect(await upstreamWith().sim(SIM, scopeFor(clock))).toBeNull();
    const sessions = upstreamWith().dataSessions(SIM, { size: 50, page: null, token: null }, scopeFor(clock));
    expect(await sessions).toBeNull();
  });

  it('after the error code of KORE for it', async () => {
    server.answer = (request) => sendJson(request, 400, { code: 33107, message: 'SIM not found' });
    expect(await upstreamWith({ dialect: 'kore' }).sim(SIM, scopeFor(clock))).toBeNull();
  });

  it('if its SID is invalid, without a request', async () => {
    for (const sid of ['', '..', '../Commands', 'my-sim', 'DE1?x=y', 'a/b', 'é']) {
      expect(await upstreamWith().sim(sid, scopeFor(clock))).toBeNull();
    }
    expect(server.received).toHaveLength(0);
  });
});

describe('a bad response', () => {
  it.each([
    ['an HTML page', 200, '<html>sensitive</html>'],
    ['an empty body', 200, ''],
    ['a truncated body', 200, '{"sid":"DE'],
    ['JSON that is not an object', 200, '[1]'],
    ['204', 204, ''],
    ['201', 201, '{"sid":"x"}'],
    ['a 404 that is an HTML page', 404, '<html>sensitive</html>'],
    ['a SIM without its SID', 200, '{"status":"active"}'],
    ['another SIM', 200, JSON.stringify(wireSim(simSid(9)))],
  ])('is %s', async (_what, status, body) => {
    server.answer = ({ response }) => response.writeHead(status).end(status === 204 ? undefined : body);
    expect(await ask()).toMatchObject({ code: 'UPSTREAM_BAD_RESPONSE', facts: { status } });
  });

  it.each([301, 302, 303, 307, 308])('is a redirect (%i), which is never followed', async (status) => {
    const elsewhere = await StubServer.start((request) => sendJson(request, 200, wireSim(SIM)));
    server.answer = ({ response }) =>
      response.writeHead(status, { location: `${elsewhere.url}/v1/Sims` }).end();
    expect(await ask()).toMatchObject({ code: 'UPSTREAM_BAD_RESPONSE', facts: { status } });
    expect(elsewhere.received).toHaveLength(0);
    await elsewhere.stop();
  });

  it('is a body of more than 16 MB', async () => {
    server.answer = ({ response }) => {
      response.end(JSON.stringify(wireSim(SIM)) + ' '.repeat(17 * 1024 * 1024));
    };
    expect(await ask()).toMatchObject({ code: 'UPSTREAM_BAD_RESPONSE' });
  });

  it('is invalid HTTP', async () => {
    const raw: Server = createServer((socket: Socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end('220 smtp.example.com ready\r\n'));
    });
    raw.listen(0, '127.0.0.1');
    await once(raw, 'listening');
    const { port } = raw.address() as AddressInfo;
    expect(await ask({ baseUrl: `http://127.0.0.1:${port}` })).toMatchObject({
      code: 'UPSTREAM_BAD_RESPONSE',
    });
    raw.close();
  });
});

it('a refused connection is UPSTREAM_UNAVAILABLE', async () => {
  const gone = await StubServer.start();
  const { url } = gone;
  await gone.stop();
  expect(await ask({ baseUrl: url })).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
});

it('requests have the credentials and the path prefix of the base URL', async () => {
  server.answer = (request) => sendJson(request, 200, wireSim(SIM));
  await upstreamWith({ baseUrl: `${server.url}/proxy/wireless/` }).sim(SIM, scopeFor(clock));
  expect(server.received[0]?.path).toBe(`/proxy/wireless/v1/Sims/${SIM}`);
  expect(server.received[0]?.headers.authorization).toBe(
    `Basic ${Buffer.from('AC1:secret-word').toString('base64')}`,
  );
});

it('errors and log lines contain no body, URL, host or credential', async () => {
  const output: string[] = [];
  const record = (facts: object, message: string) => void output.push(JSON.stringify(facts) + message);
  const log: UpstreamLog = { debug: record, info: record, warn: record, error: record };
  const upstream = upstreamWith({ log });
  const bodies = ['sensitive', '{"code":"sensitive","message":"sensitive"}', `{"sid":"sensitive"}`];
  for (const status of [200, 302, 400, 401, 404, 429, 500, 503]) {
    for (const body of bodies) {
      server.answer = ({ response }) =>
        response.writeHead(status, { location: 'http://sensitive/' }).end(body);
      clock.jitter = 0.99;
      const error = await upstream.sim(SIM, scopeFor(clock, 200)).catch((reason: unknown) => reason);
      if (error instanceof Error) output.push(JSON.stringify(error) + error.message);
    }
  }
  expect(output.length).toBeGreaterThan(20);
  expect(output.join('\n')).not.toMatch(/sensitive|secret|Basic|127\.0\.0\.1|\/v1\//);
});
