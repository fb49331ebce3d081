import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rejection, SIM, scopeFor, settingsFor, simSid, wireSim } from './fixtures.js';
import { ManualClock } from './manual-clock.js';
import { type Answering, StubServer, sendJson } from './stub-server.js';
import { connectWireless, type WirelessUpstream } from './wireless.js';

let server: StubServer;
let clock: ManualClock;
let upstream: WirelessUpstream;

/** Fails the first requests; later ones succeed. */
const failing =
  (times: number, fail: Answering): Answering =>
  (request) => {
    if (request.number <= times) fail(request);
    else sendJson(request, 200, wireSim(request.path.slice('/v1/Sims/'.length)));
  };
const status =
  (code: number, headers: Record<string, string> = {}): Answering =>
  (request) =>
    sendJson(request, code, { code: code * 100, message: 'no' }, headers);

beforeEach(async () => {
  server = await StubServer.start();
  clock = new ManualClock();
  upstream = connectWireless(settingsFor(server.url), clock);
});

afterEach(async () => {
  await upstream.close();
  await server.stop();
});

/** Awaits a promise without the time of backoffs. */
async function withoutWaiting<T>(promise: Promise<T>): Promise<T> {
  let settled = false;
  const done = promise.finally(() => {
    settled = true;
  });
  done.catch(() => {});
  while (!settled) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(0);
  }
  return done;
}

describe('a failed attempt', () => {
  it.each([408, 425, 429, 502, 503, 504])(
    'is retried after a %i, and both attempts are counted',
    async (code) => {
      server.answer = failing(1, status(code));
      const scope = scopeFor(clock);
      const sim = await withoutWaiting(upstream.sim(SIM, scope));
      expect(sim?.sid).toBe(SIM);
      expect(server.received).toHaveLength(2);
      expect(scope.cost).toMatchObject({ requests: 2, retries: 1, cacheHits: 0 });
    },
  );

  it('is retried when the connection breaks before or within the response', async () => {
    server.answer = failing(2, ({ number, response }) => {
      if (number === 1) response.destroy();
      else {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{"sid":', () => response.destroy());
      }
    });
    expect((await withoutWaiting(upstream.sim(SIM, scopeFor(clock))))?.sid).toBe(SIM);
    expect(server.received).toHaveLength(3);
  });

  it('is retried on another connection when a keep-alive connection is closed with a 408', async () => {
    const connections: (number | undefined)[] = [];
    server.answer = (request) => {
      connections.push(request.response.socket?.remotePort);
      if (request.number === 2) sendJson(request, 408, undefined, { connection: 'close' });
      else sendJson(request, 200, wireSim(SIM));
    };
    for (let times = 0; times < 2; times += 1) {
      expect((await withoutWaiting(upstream.sim(SIM, scopeFor(clock))))?.sid).toBe(SIM);
      // The connection is available again shortly after its response.
      await server.roundTrip();
    }
    const [first, second, third] = connections;
    expect(second).toBe(first);
    expect(third).not.toBe(second);
  });

  it('is retried at most three times', async () => {
    server.answer = status(503);
    const scope = scopeFor(clock);
    const error = await rejection(withoutWaiting(upstream.sim(SIM, scope)));
    expect(error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', facts: { status: 503, code: 50300 } });
    expect(server.received).toHaveLength(4);
    expect(scope.cost).toMatchObject({ requests: 4, retries: 3 });
  });

  it.each([500, 501, 400, 409, 302])('is not retried after a %i', async (code) => {
    server.answer = status(code);
    await rejection(withoutWaiting(upstream.sim(SIM, scopeFor(clock))));
    expect(server.received).toHaveLength(1);
  });

  it('is not retried after a timeout, and its connection is closed', async () => {
    const answered = rejection(upstream.sim(SIM, scopeFor(clock)));
    const request = await server.request(1);
    clock.advance(10_000);
    expect(await answered).toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
    await request.closed;
    expect(server.received).toHaveLength(1);
  });

  it('times out when the body stops', async () => {
    server.answer = ({ response }) => {
      response.writeHead(200);
      response.write('{"sid":');
    };
    const answered = rejection(upstream.sim(SIM, scopeFor(clock)));
    await server.request(1);
    clock.advance(10_000);
    expect(await answered).toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
  });
});

describe('backoff', () => {
  it('doubles with each retry, before jitter', async () => {
    clock.jitter = 0.5;
    server.answer = failing(3, status(503));
    const sim = upstream.sim(SIM, scopeFor(clock));
    for (const [index, wait] of [125, 250, 500].entries()) {
      await clock.armed(wait);
      expect(server.received).toHaveLength(index + 1);
      clock.advance(wait);
      await server.request(index + 2);
    }
    expect((await sim)?.sid).toBe(SIM);
  });

  it('is skipped when the deadline comes first', async () => {
    clock.jitter = 0.9;
    server.answer = status(503);
    const error = await rejection(upstream.sim(SIM, scopeFor(clock, 200)));
    expect(error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expect(server.received).toHaveLength(1);
  });

  it('ends with the abort signal and leaves no timer', async () => {
    clock.jitter = 0.5;
    server.answer = status(503);
    const scope = scopeFor(clock);
    const answered = rejection(upstream.sim(SIM, scope));
    await clock.armed(125);
    scope.abort('gone');
    expect(await answered).toBe('gone');
    expect(clock.timers).toBe(0);
    expect(server.received).toHaveLength(1);
  });
});

describe('Retry-After', () => {
  it.each([
    ['seconds', () => '7'],
    ['an HTTP-date', (): string => new Date(Math.floor(Date.now() / 1000) * 1000 + 7000).toUTCString()],
  ])('as %s is waited for completely, plus jitter', async (_form, header) => {
    clock.jitter = 0.5;
    const date = new Date(Math.floor(Date.now() / 1000) * 1000).toUTCString();
    server.answer = failing(1, status(429, { 'retry-after': header(), date }));
    const sim = upstream.sim(SIM, scopeFor(clock));
    await clock.armed(7_000, 8_500);
    clock.advance(6_999);
    await server.roundTrip();
    expect(server.received).toHaveLength(1);
    clock.advance(1_500);
    expect((await sim)?.sid).toBe(SIM);
  });

  it('pauses all other requests of the account', async () => {
    server.answer = failing(1, status(429, { 'retry-after': '5' }));
    const first = upstream.sim(simSid(1), scopeFor(clock));
    await clock.armed(5_000);
    const others = [2, 3, 4].map((number) => upstream.sim(simSid(number), scopeFor(clock)));
    clock.advance(4_999);
    await server.roundTrip();
    expect(server.received).toHaveLength(1);
    clock.advance(1);
    const sims = await Promise.all([first, ...others]);
    expect(sims.map((sim) => sim?.sid)).toEqual([1, 2, 3, 4].map(simSid));
    expect(server.received).toHaveLength(5);
  });

  it('after the deadline fails the request immediately and reports `retryAfter`', async () => {
    server.answer = status(429, { 'retry-after': '60' });
    const scope = scopeFor(clock);
    expect(await rejection(upstream.sim(SIM, scope))).toMatchObject({
      code: 'RATE_LIMITED',
      retryAfter: 60,
      facts: { status: 429, code: 42900 },
    });
    expect(scope.cost).toMatchObject({ requests: 1, retries: 0 });
    clock.advance(20_000);
    const late = await rejection(upstream.sim(simSid(2), scopeFor(clock)));
    expect(late).toMatchObject({ code: 'RATE_LIMITED', retryAfter: 40 });
    expect(server.received).toHaveLength(1);
  });
});

describe('the retry budget', () => {
  it('limits retries to a fifth of the requests plus a small constant', async () => {
    const operations = 300;
    server.answer = (request) => {
      if (request.number % 2 === 1) status(503)(request);
      else sendJson(request, 200, wireSim(request.path.slice('/v1/Sims/'.length)));
    };
    let failed = 0;
    for (let number = 1; number <= operations; number++) {
      await withoutWaiting(upstream.sim(simSid(number), scopeFor(clock))).catch(() => {
        failed += 1;
      });
    }
    const retries = server.received.length - operations;
    expect(retries).toBeGreaterThan(operations * 0.2);
    expect(retries).toBeLessThanOrEqual(operations * 0.2 + 10);
    expect(failed).toBeGreaterThan(0);
  });
});
