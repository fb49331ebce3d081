import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentObserver, type UpstreamSettings } from '../../src/upstream/settings.js';
import { noCost } from '../../src/upstream/upstream.js';
import { FastAbortSignal } from '../../src/util/abort.js';
import type { Clock } from '../../src/util/clock.js';
import { SIM, scopeFor, settingsFor, simSid, wireSim } from './fixtures.js';
import { ManualClock } from './manual-clock.js';
import { type Received, StubServer, sendJson } from './stub-server.js';
import { connectWireless, type WirelessUpstream } from './wireless.js';

const BROKEN = new TypeError('a step that throws');

let server: StubServer;
let clock: ManualClock;
let upstream: WirelessUpstream | undefined;

beforeEach(async () => {
  server = await StubServer.start(serve);
  clock = new ManualClock();
});

afterEach(async () => {
  await upstream?.close();
  upstream = undefined;
  await server.stop();
});

function serve(request: Received): void {
  sendJson(request, 200, wireSim(request.path.slice('/v1/Sims/'.length)));
}

/** Creates a client with a single permit, so that a lost permit blocks all later requests. */
function connect(changes: Partial<UpstreamSettings> = {}, runtime: Clock = clock): WirelessUpstream {
  upstream = connectWireless(settingsFor(server.url, { concurrency: 1, ...changes }), runtime);
  return upstream;
}

/** Returns the value or error of a promise; `still pending` after two minutes on the clock. */
async function outcome(promise: Promise<unknown>): Promise<unknown> {
  let settled = false;
  const done = promise
    .catch((error: unknown) => error)
    .finally(() => {
      settled = true;
    });
  for (let second = 0; second < 120 && !settled; second += 1) {
    for (let turn = 0; turn < 3 && !settled; turn += 1) await server.roundTrip();
    if (!settled) clock.advance(1_000);
  }
  return settled ? done : 'still pending';
}

async function expectNextServed(client: WirelessUpstream): Promise<void> {
  server.answer = serve;
  expect(await outcome(client.sim(simSid(2), scopeFor(clock)))).toMatchObject({ sid: simSid(2) });
  // A recent 429 counts as throttling.
  expect(['ok', 'throttled']).toContain(client.state());
}

describe('a response with repeated or invalid headers', () => {
  const REPEATED: readonly [name: string, values: readonly string[]][] = [
    ['retry-after', ['1', '1']],
    ['retry-after', ['', 'soon']],
    ['date', ['Tue, 24 Nov 2026 12:00:00 GMT', 'Tue, 24 Nov 2026 12:00:00 GMT']],
    ['date', ['yesterday', '']],
    ['twilio-request-id', ['RQ1', 'RQ2']],
    ['content-encoding', ['identity', 'identity']],
    ['content-type', ['text/html', 'application/json']],
  ];

  it.each(REPEATED.flatMap(([name, values]) => [429, 503, 200].map((status) => ({ name, values, status }))))(
    'settles its request and releases the permit: $status with $name $values',
    async ({ name, values, status }) => {
      const client = connect();
      server.answer = (request) => {
        if (name === 'date') request.response.sendDate = false;
        request.response.setHeader('retry-after', 'Tue, 24 Nov 2026 12:00:01 GMT');
        request.response.setHeader(name, [...values]);
        sendJson(request, status, wireSim(SIM));
      };
      const result = await outcome(client.sim(SIM, scopeFor(clock)));
      expect(result).toMatchObject(
        status === 200 ? { sid: SIM } : { code: status === 429 ? 'RATE_LIMITED' : 'UPSTREAM_UNAVAILABLE' },
      );
      await expectNextServed(client);
    },
  );

  it('settles its request and releases the permit, whatever the headers are', async () => {
    const client = connect();
    const value = fc.oneof(
      fc.constantFrom(
        '',
        '1',
        '-5',
        '1e9',
        '99999999999999999999',
        'gzip',
        'gzip, gzip',
        'x-none',
        'identity',
      ),
      fc.constantFrom('Tue, 24 Nov 2026 12:00:01 GMT', 'Tue, 99 Nov 2026 99:00:00 GMT', '__proto__', ','),
      fc.stringMatching(/^[\x21-\x7e\xa0-\xff]{0,40}$/),
    );
    const name = fc.constantFrom('retry-after', 'date', 'twilio-request-id', 'content-encoding', '__proto__');
    const headers = fc.array(fc.tuple(name, fc.array(value, { minLength: 1, maxLength: 3 })), {
      maxLength: 4,
    });
    const status = fc.constantFrom(200, 204, 304, 400, 401, 403, 404, 408, 425, 429, 500, 503);
    await fc.assert(
      fc.asyncProperty(headers, status, async (set, code) => {
        server.answer = (request) => {
          const flat = [...new Map(set)].flatMap(([key, values]) => values.flatMap((each) => [key, each]));
          request.response.sendDate = false;
          request.response.writeHead(code, flat).end(code === 200 ? JSON.stringify(wireSim(SIM)) : undefined);
        };
        expect(await outcome(client.sim(SIM, scopeFor(clock, 5_000)))).not.toBe('still pending');
        clock.advance(3_600_000);
        await expectNextServed(client);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('does not prevent the next token request', async () => {
    const tokens = await StubServer.start((request) => {
      if (request.number === 1) {
        request.response.setHeader('retry-after', ['1', '1']);
        sendJson(request, 429, {});
      } else {
        sendJson(request, 200, { access_token: 'token', expires_in: 3600 });
      }
    });
    try {
      const client = connect({
        dialect: 'kore',
        auth: { kind: 'client-credentials', clientId: 'me', clientSecret: 'secret', tokenUrl: tokens.url },
      });
      expect(await outcome(client.sim(SIM, scopeFor(clock)))).toMatchObject({ sid: SIM });
      expect(tokens.received).toHaveLength(2);
      await expectNextServed(client);
    } finally {
      await tokens.stop();
    }
  });
});

describe('an observer or a log that throws', () => {
  const fail = () => {
    throw BROKEN;
  };

  it.each(['attempt', 'retry', 'drift'] as const)('does not affect the request (%s)', async (method) => {
    const client = connect({ observer: { ...silentObserver, [method]: fail } });
    server.answer = (request) => {
      if (request.number === 1) sendJson(request, 503, {});
      else sendJson(request, 200, wireSim(SIM, { status: 'a new one' }));
    };
    expect(await outcome(client.sim(SIM, scopeFor(clock)))).toMatchObject({ sid: SIM, status: 'unknown' });
    await expectNextServed(client);
  });

  it.each(['debug', 'info', 'warn', 'error'] as const)(
    'does not affect the request (log.%s)',
    async (level) => {
      const log = { debug() {}, info() {}, warn() {}, error() {}, [level]: fail };
      const client = connect({ log });
      server.answer = (request) => {
        if (request.number === 1) sendJson(request, 503, {});
        else sendJson(request, 200, wireSim(SIM, { status: 'a new one' }));
      };
      expect(await outcome(client.sim(SIM, scopeFor(clock)))).toMatchObject({ sid: SIM });
      await expectNextServed(client);
    },
  );

  it('does not prevent the circuit breaker from closing', async () => {
    const client = connect({
      observer: { ...silentObserver, attempt: fail },
      log: { debug: fail, info: fail, warn: fail, error: fail },
    });
    server.answer = (request) => sendJson(request, 500, {});
    for (let times = 0; times < 10; times += 1) await outcome(client.sim(SIM, scopeFor(clock)));
    expect(client.stats().breaker).toBe('open');
    clock.advance(10_000);
    await expectNextServed(client);
    expect(client.stats().breaker).toBe('closed');
  });
});

describe('a clock that throws', () => {
  /** A clock that throws once, at the nth call of the method after `arm(nth)`. */
  function throwingOnce(method: 'now' | 'wallNow' | 'random' | 'after'): {
    runtime: Clock;
    arm(nth: number): void;
  } {
    let left = Number.POSITIVE_INFINITY;
    const runtime: Clock = {
      now: clock.now,
      wallNow: clock.wallNow,
      random: clock.random,
      after: clock.after,
    };
    const real = clock[method] as (...args: unknown[]) => unknown;
    return {
      runtime: {
        ...runtime,
        [method]: (...args: unknown[]) => {
          left -= 1;
          if (left === 0) throw BROKEN;
          return real(...args);
        },
      },
      arm(nth) {
        left = nth;
      },
    };
  }

  const calls = (['now', 'wallNow', 'random', 'after'] as const).flatMap((method) =>
    Array.from({ length: method === 'now' ? 14 : 5 }, (_, at) => ({ method, nth: at + 1 })),
  );

  it.each(calls)(
    'settles the requests and releases the permit: $method, call $nth',
    async ({ method, nth }) => {
      const { runtime, arm } = throwingOnce(method);
      const client = connect({}, runtime);
      server.answer = (request) => {
        if (request.number > 1) return serve(request);
        request.response.setHeader('retry-after', 'Tue, 24 Nov 2026 12:00:09 GMT');
        request.response.sendDate = false;
        sendJson(request, 503, {});
      };
      arm(nth);
      // The second request waits for the permit of the first one, or for the end of its `Retry-After`.
      const both = [SIM, simSid(3)].map((sid) => outcome(client.sim(sid, scopeFor(clock))));
      for (const result of await Promise.all(both)) expect(result).not.toBe('still pending');
      arm(Number.POSITIVE_INFINITY);
      await expectNextServed(client);
    },
  );

  it.each(calls)(
    'does not leave the circuit breaker half open: $method, call $nth',
    async ({ method, nth }) => {
      const { runtime, arm } = throwingOnce(method);
      const client = connect({}, runtime);
      server.answer = (request) => sendJson(request, 500, {});
      for (let times = 0; times < 10; times += 1) await outcome(client.sim(SIM, scopeFor(clock)));
      clock.advance(10_000);
      arm(nth);
      expect(await outcome(client.sim(SIM, scopeFor(clock)))).not.toBe('still pending');
      arm(Number.POSITIVE_INFINITY);
      clock.advance(30_000);
      await expectNextServed(client);
    },
  );
});

describe('an abort listener that throws', () => {
  it('does not prevent the other listeners from being called', async () => {
    const client = connect();
    server.answer = () => {};
    const signal = new FastAbortSignal();
    signal.listen(() => {
      throw BROKEN;
    });
    const scope = { signal, deadline: clock.now() + 30_000, cost: noCost() };
    const answered = client.sim(SIM, scope).catch((error: unknown) => error);
    const request = await server.request(1);
    expect(() => signal.abort('gone')).toThrow(BROKEN);
    expect(await answered).toBe('gone');
    await request.closed;
    await expectNextServed(client);
  });
});
