import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rejection, SIM, scopeFor, settingsFor, wireSim } from './fixtures.js';
import { ManualClock } from './manual-clock.js';
import { type Answering, StubServer, sendJson } from './stub-server.js';
import { connectWireless, type WirelessUpstream } from './wireless.js';

let server: StubServer;
let clock: ManualClock;
let upstream: WirelessUpstream;
/** Response of the listing. Requests for single SIMs succeed. */
let listing: Answering;

beforeEach(async () => {
  server = await StubServer.start((request) => {
    const sid = request.path.slice('/v1/Sims/'.length);
    if (request.path.startsWith('/v1/Sims?')) listing(request);
    else sendJson(request, 200, wireSim(sid));
  });
  clock = new ManualClock();
  upstream = connectWireless(settingsFor(server.url, { staleIfErrorMs: 60_000 }), clock);
});

afterEach(async () => {
  await upstream.close();
  await server.stop();
});

const list = () => rejection(upstream.sims(scopeFor(clock)));

describe('a failed listing of SIMs', () => {
  it.each([403, 408, 429, 500, 502, 503, 504])('is sent once (%i)', async (status) => {
    listing = (request) => sendJson(request, status, {});
    expect(await list()).toMatchObject({ facts: { status } });
    expect(server.received).toHaveLength(1);
  });

  it('does not open the circuit breaker, however often it fails', async () => {
    listing = ({ number, response }) => {
      if (number % 2 === 0) response.destroy();
      else response.writeHead(500).end();
    };
    for (let times = 0; times < 30; times += 1) await list();
    expect(['ok', 'throttled', 'unauthorized']).toContain(upstream.state());
    expect(await upstream.sim(SIM, scopeFor(clock))).toMatchObject({ sid: SIM });
  });

  it('does not pause single requests for the `Retry-After` of a 503', async () => {
    listing = (request) => sendJson(request, 503, {}, { 'retry-after': '3600' });
    await list();
    expect(await upstream.sim(SIM, scopeFor(clock))).toMatchObject({ sid: SIM });
  });

  it('pauses single requests for the `Retry-After` of a 429, which applies to the account', async () => {
    listing = (request) => sendJson(request, 429, {}, { 'retry-after': '5' });
    await list();
    const sim = upstream.sim(SIM, scopeFor(clock));
    await clock.armed(5_000);
    expect(server.received).toHaveLength(1);
    clock.advance(5_000);
    expect(await sim).toMatchObject({ sid: SIM });
  });

  it('is not replaced by a stale listing, because single requests return newer records', async () => {
    listing = (request) =>
      sendJson(request, 200, { sims: [wireSim(SIM)], meta: { key: 'sims', next_page_url: null } });
    expect(await upstream.sims(scopeFor(clock))).toMatchObject({ complete: true });
    listing = (request) => sendJson(request, 500, {});
    expect(await list()).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  });
});
