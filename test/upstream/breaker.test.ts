import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rejection, SIM, scopeFor, settingsFor, simSid, wireSim } from './fixtures.js';
import { ManualClock } from './manual-clock.js';
import { type Received, StubServer, sendJson } from './stub-server.js';
import { connectWireless, type WirelessUpstream } from './wireless.js';

let server: StubServer;
let clock: ManualClock;
let upstream: WirelessUpstream;
/** Status of each response; 0 breaks the connection. */
let status: number;

beforeEach(async () => {
  status = 500;
  server = await StubServer.start((request) => {
    if (status === 0) request.response.destroy();
    else sendJson(request, status, status === 200 ? wireSim(SIM) : { message: 'no' });
  });
  clock = new ManualClock();
  // The middle of the jitter, where the open times are the configured ones.
  clock.jitter = 0.5;
  upstream = connectWireless(settingsFor(server.url), clock);
});

afterEach(async () => {
  await upstream.close();
  await server.stop();
});

/** The present state. An open circuit breaker stays open until the clock is advanced. */
const breaker = () => upstream.stats().breaker;

async function ask(times: number): Promise<unknown> {
  let last: unknown;
  for (let i = 0; i < times; i++) last = await upstream.sim(SIM, scopeFor(clock)).catch((error) => error);
  return last;
}

it('the circuit breaker opens after ten consecutive failures and then rejects without a request', async () => {
  await ask(10);
  expect(await ask(5)).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryAfter: 5 });
  expect(server.received).toHaveLength(10);
  expect(upstream.state()).toBe('failing');
  expect(breaker()).toBe('open');
});

it('the circuit breaker does not open while there are successes between failures', async () => {
  for (let i = 0; i < 5; i++) {
    status = 500;
    await ask(9);
    status = 200;
    await ask(1);
  }
  expect(server.received).toHaveLength(50);
  expect(breaker()).toBe('closed');
});

it.each([400, 401, 404, 429])('the circuit breaker does not count a %i as a failure', async (rejected) => {
  status = 500;
  await ask(9);
  status = rejected;
  await upstream.sim(SIM, scopeFor(clock, 0.001)).catch(() => {});
  status = 500;
  await ask(9);
  expect(breaker()).toBe('closed');
});

it('the circuit breaker counts timeouts', async () => {
  server.answer = () => {};
  for (let times = 1; times <= 10; times += 1) {
    const answer = rejection(upstream.sim(SIM, scopeFor(clock)));
    await server.request(times);
    clock.advance(10_000);
    await answer;
  }
  expect(breaker()).toBe('open');
});

describe('failures of requests that were in flight at the same time', () => {
  /** Sends a request for each of `count` SIMs, and fails all of them once they have arrived. */
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
  ])('do not open the circuit breaker if later requests succeed (%s)', async (_, fail) => {
    status = 200;
    server.answer = (request) => sendJson(request, 200, wireSim(request.path.slice('/v1/Sims/'.length)));
    const { answer } = server;
    // The retries of broken requests succeed. Without jitter they are due immediately.
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
    expect(breaker()).toBe('closed');
  });

  it('count as one failure, so that nine more open the circuit breaker', async () => {
    await failTogether(20, (request) => sendJson(request, 500, {}));
    await ask(8);
    expect(breaker()).toBe('closed');
    await ask(1);
    expect(breaker()).toBe('open');
  });
});

it('the circuit breaker does not count aborted requests', async () => {
  server.answer = () => {};
  const scopes = Array.from({ length: 12 }, () => scopeFor(clock));
  const answers = scopes.map((scope, n) => rejection(upstream.sim(simSid(n), scope)));
  await server.request(12);
  for (const scope of scopes) scope.abort('gone');
  await Promise.all(answers);
  expect(breaker()).toBe('closed');
});

it('the circuit breaker admits a single probe and closes when it succeeds', async () => {
  await ask(10);
  clock.advance(5_000);
  expect(upstream.state()).toBe('failing');
  const { answer } = server;
  server.answer = () => {};
  const probe = upstream.sim(SIM, scopeFor(clock));
  const request = await server.request(11);
  expect(breaker()).toBe('half-open');
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
  expect(breaker()).toBe('closed');
});

it('the circuit breaker stays open longer after each failed probe, up to 30 seconds', async () => {
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

it('the circuit breaker admits another probe when one is aborted', async () => {
  await ask(10);
  clock.advance(5_000);
  const { answer } = server;
  server.answer = () => {};
  const scope = scopeFor(clock);
  const aborted = rejection(upstream.sim(SIM, scope));
  await server.request(11);
  scope.abort('gone');
  await aborted;
  server.answer = answer;
  status = 200;
  expect(await ask(1)).toMatchObject({ sid: SIM });
});
