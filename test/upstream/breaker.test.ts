import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BreakerState, silentObserver } from '../../src/upstream/settings.js';
import { rejection, SIM, scopeFor, settingsFor, simSid, wireSim } from './fixtures.js';
import { ManualClock } from './manual-clock.js';
import { type Received, StubServer, sendJson } from './stub-server.js';
import { connectWireless, type WirelessUpstream } from './wireless.js';

let server: StubServer;
let clock: ManualClock;
let upstream: WirelessUpstream;
let states: BreakerState[];
/** What the server answers with: 200 serves. */
let status: number;

beforeEach(async () => {
  status = 500;
  states = [];
  server = await StubServer.start((request) => {
    if (status === 0) request.response.destroy();
    else sendJson(request, status, status === 200 ? wireSim(SIM) : { message: 'no' });
  });
  clock = new ManualClock();
  // In the middle of the jitter, where the times are the round ones.
  clock.jitter = 0.5;
  const observer = { ...silentObserver, breaker: (state: BreakerState) => states.push(state) };
  upstream = connectWireless(settingsFor(server.url, { observer }), clock);
});

afterEach(async () => {
  await upstream.close();
  await server.stop();
});

async function ask(times: number): Promise<unknown> {
  let last: unknown;
  for (let i = 0; i < times; i++) last = await upstream.sim(SIM, scopeFor(clock)).catch((error) => error);
  return last;
}

it('opens after ten failures in a row, and then answers without a request', async () => {
  await ask(10);
  expect(await ask(5)).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryAfter: 5 });
  expect(server.received).toHaveLength(10);
  expect(upstream.state()).toBe('failing');
  expect(states).toEqual(['open']);
});

it('does not open while there are successes between the failures', async () => {
  for (let i = 0; i < 5; i++) {
    status = 500;
    await ask(9);
    status = 200;
    await ask(1);
  }
  expect(server.received).toHaveLength(50);
  expect(states).toEqual([]);
});

it.each([400, 401, 404, 429])('does not count a %i: who refuses is alive', async (refusal) => {
  status = 500;
  await ask(9);
  status = refusal;
  await upstream.sim(SIM, scopeFor(clock, 0.001)).catch(() => {});
  status = 500;
  await ask(9);
  expect(states).toEqual([]);
});

it('counts timeouts', async () => {
  server.answer = () => {};
  for (let times = 1; times <= 10; times += 1) {
    const answer = rejection(upstream.sim(SIM, scopeFor(clock)));
    await server.request(times);
    clock.advance(10_000);
    await answer;
  }
  expect(states).toEqual(['open']);
});

describe('failures of requests that were in flight together', () => {
  /** Sends requests of as many SIMs, and fails them when all have arrived. */
  async function failTogether(count: number, fail: (request: Received) => void): Promise<void> {
    const { answer } = server;
    const before = server.received.length;
    server.answer = () => {};
    const answers = Array.from({ length: count }, (_, n) =>
      upstream.sim(simSid(n), scopeFor(clock)).catch(() => {}),
    );
    await server.request(before + count);
    server.answer = answer;
    for (const request of server.received.slice(before)) fail(request);
    await Promise.all(answers);
  }

  it.each<[string, (request: Received) => void]>([
    ['broken connections', ({ response }) => response.destroy()],
    ['500', (request) => sendJson(request, 500, {})],
  ])('do not open it, when those that follow are served (%s)', async (_, fail) => {
    status = 200;
    server.answer = (request) => sendJson(request, 200, wireSim(request.path.slice('/v1/Sims/'.length)));
    const { answer } = server;
    // The repeats of broken ones are served; they are due at once on this clock.
    clock.jitter = 0;
    const failed = failTogether(20, fail);
    let done = false;
    void failed.then(() => {
      done = true;
    });
    while (!done) {
      await server.roundTrip();
      clock.advance(0);
    }
    server.answer = answer;
    expect(await upstream.sim(SIM, scopeFor(clock))).toMatchObject({ sid: SIM });
    expect(states).toEqual([]);
  });

  it('count as one, so that nine more open it', async () => {
    await failTogether(20, (request) => sendJson(request, 500, {}));
    await ask(8);
    expect(states).toEqual([]);
    await ask(1);
    expect(states).toEqual(['open']);
  });
});

it('does not count requests that nobody waits for any more', async () => {
  server.answer = () => {};
  const scopes = Array.from({ length: 12 }, () => scopeFor(clock));
  const answers = scopes.map((scope, n) => rejection(upstream.sim(simSid(n), scope)));
  await server.request(12);
  for (const scope of scopes) scope.abort('gone');
  await Promise.all(answers);
  expect(states).toEqual([]);
});

it('lets a single request probe, and closes when that is served', async () => {
  await ask(10);
  clock.advance(5_000);
  expect(upstream.state()).toBe('failing');
  const { answer } = server;
  server.answer = () => {};
  const probe = upstream.sim(SIM, scopeFor(clock));
  const request = await server.request(11);
  expect(await rejection(upstream.sim(simSid(2), scopeFor(clock)))).toMatchObject({
    code: 'UPSTREAM_UNAVAILABLE',
    retryAfter: 1,
  });
  server.answer = answer;
  status = 200;
  answer(request);
  expect((await probe)?.sid).toBe(SIM);
  expect((await upstream.sim(SIM, scopeFor(clock)))?.sid).toBe(SIM);
  expect(server.received).toHaveLength(12);
  expect(states).toEqual(['open', 'half-open', 'closed']);
});

it('stays open for longer after every probe that fails, up to half a minute', async () => {
  await ask(10);
  for (const wait of [5, 10, 20, 30, 30]) {
    expect(await ask(1)).toMatchObject({ retryAfter: wait });
    const before = server.received.length;
    clock.advance(wait * 1000 - 1);
    await ask(1);
    expect(server.received).toHaveLength(before);
    clock.advance(1);
    await ask(1);
    expect(server.received).toHaveLength(before + 1);
  }
});

it('lets the next one probe when a probe is given up', async () => {
  await ask(10);
  clock.advance(5_000);
  const { answer } = server;
  server.answer = () => {};
  const scope = scopeFor(clock);
  const given = rejection(upstream.sim(SIM, scope));
  await server.request(11);
  scope.abort('gone');
  await given;
  server.answer = answer;
  status = 200;
  expect(await ask(1)).toMatchObject({ sid: SIM });
});
