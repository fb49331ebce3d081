import { afterEach, describe, expect, test } from 'vitest';
import { hold } from '../support/hold.js';
import { type Answer, type FaultyGateway, SESSIONS, startFaultyGateway } from './gateway.js';

let gateway: FaultyGateway;
afterEach(() => gateway.close());

/** Requests a window of each SIM in separate operations. */
function askAll(): Promise<Answer[]> {
  return Promise.all(gateway.sandbox.simSids.map((sid) => gateway.ask(SESSIONS, { sid })));
}

/** Requests a window of each SIM in one operation. */
function askOnce(): Promise<Answer> {
  const fields = gateway.sandbox.simSids.map(
    (sid, at) => `s${at}: sim(sid: "${sid}") { dataSessions(first: 3) { edges { cursor } } }`,
  );
  return gateway.ask(`{ ${fields.join(' ')} }`);
}

describe('the concurrency limit of the upstream', () => {
  test('is detected and then respected for all callers', async () => {
    const limit = 5;
    gateway = await startFaultyGateway({
      sandbox: { sims: 40, concurrencyLimit: limit, latencyMs: 25 },
      env: { UPSTREAM_CONCURRENCY: '20' },
    });
    const rounds: { refused: number; sent: number; failed: number }[] = [];
    for (let round = 0; round < 6; round += 1) {
      // In the first round all requests must be in flight together to exceed the limit.
      const release = round === 0 ? hold(gateway.sandbox, { times: limit }) : () => {};
      const answered = askOnce();
      await gateway.sandbox.requestStarted(20);
      release();
      const { errors, requests } = await answered;
      const refused = requests.filter(({ status }) => status === 429).length;
      rounds.push({ refused, sent: requests.length, failed: errors.length });
    }
    const [first, ...later] = rounds;
    expect(first?.refused).toBeGreaterThanOrEqual(15);
    // Later the limit is only raised by one at a time.
    for (const { refused, sent, failed } of later) {
      expect(failed).toBe(0);
      expect(refused / sent).toBeLessThan(0.25);
    }
  });

  test('halves the requests in flight with each round of 429 responses, and fails no operation', async () => {
    gateway = await startFaultyGateway({ env: { UPSTREAM_CONCURRENCY: '16' } });
    gateway.sandbox.faults.add({ kind: 'status', status: 429, times: 16 });
    const release = hold(gateway.sandbox, { times: 16 });
    const asked = askAll();
    await gateway.sandbox.requestStarted(16);
    expect(gateway.sandbox.inFlight).toBe(16);
    const releaseRest = hold(gateway.sandbox);
    release();
    // Sixteen 429 responses together halve the limit once.
    await gateway.sandbox.requestStarted(16 + 8);
    await gateway.sandbox.requestEnded(16);
    expect(gateway.sandbox.inFlight).toBe(8);
    releaseRest();
    const answers = await asked;
    expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
  });
});

describe('a `Retry-After`', () => {
  test('is waited for completely', async () => {
    gateway = await startFaultyGateway();
    gateway.sandbox.faults.add({ kind: 'status', status: 429, retryAfter: 7, times: 1 });
    const asked = gateway.ask(SESSIONS);
    await gateway.clock.armed(6_000, 7_000);
    gateway.clock.skip(6_000);
    await gateway.clock.armed(0, 1_000);
    expect(gateway.sandbox.requests).toHaveLength(1);
    const { errors, cost, requests } = await asked;
    expect(errors).toEqual([]);
    expect(cost).toEqual({ requests: 2, retries: 1, cacheHits: 0 });
    const [refused, repeated] = requests.map(({ at }) => at);
    expect((repeated ?? 0) - (refused ?? 0)).toBeGreaterThanOrEqual(950);
  });

  test.each([429, 503])('of one operation (%i) pauses all others of the account', async (status) => {
    gateway = await startFaultyGateway();
    gateway.sandbox.faults.add({ kind: 'status', status, retryAfter: 7, times: 1 });
    const first = gateway.ask(SESSIONS);
    await gateway.clock.armed(6_000, 7_000);
    const others = askAll();
    // A paused operation sends nothing. Its only other timer is that of its deadline.
    await gateway.clock.armed(29_000, 30_000);
    expect(gateway.sandbox.requests).toHaveLength(1);
    gateway.clock.skip(7_000);
    const answers = [await first, ...(await others)];
    expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
    expect(gateway.sandbox.requests.length).toBeLessThanOrEqual(1 + answers.length);
  });

  test('after the deadline fails the operation immediately with retryAfter', async () => {
    gateway = await startFaultyGateway({ env: { OPERATION_TIMEOUT_MS: '10000' } });
    gateway.sandbox.faults.add({ kind: 'status', status: 429, retryAfter: 11 });
    const { status, errors, requests, tookMs } = await gateway.ask(SESSIONS);
    expect(status).toBe(200);
    expect(errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED', retryAfter: 11 } }]);
    expect(requests).toHaveLength(1);
    expect(tookMs).toBeLessThan(10_000);
    // All other operations fail in the same way until then, without a request.
    const other = await gateway.ask(SESSIONS, { sid: gateway.sandbox.simSids[1] });
    expect(other.errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED', retryAfter: 11 } }]);
    expect(other.requests).toEqual([]);
  });

  test.each([429, 503])(
    'of an hour (%i) is probed every 30 seconds, and ends when the upstream responds',
    async (status) => {
      // This test skips time, so the deadline must be far away.
      gateway = await startFaultyGateway({ env: { OPERATION_TIMEOUT_MS: '600000' } });
      const { clock, sandbox } = gateway;
      const [first, second] = sandbox.simSids;
      const code = status === 429 ? 'RATE_LIMITED' : 'UPSTREAM_UNAVAILABLE';
      const repair = sandbox.faults.add({ kind: 'status', status, retryAfter: 3600 });
      expect((await gateway.ask(SESSIONS)).errors).toMatchObject([
        { extensions: { code, retryAfter: 3600 } },
      ]);
      const throttled = { status: 200, body: { ready: true, upstream: { state: 'throttled' } } };
      expect(await gateway.ready()).toEqual(throttled);

      clock.skip(20_000);
      const held = await gateway.ask(SESSIONS, { sid: second });
      expect(held.requests).toEqual([]);
      const [{ extensions: told } = {}] = held.errors;
      expect(told).toMatchObject({ code });
      expect(told?.retryAfter).toBeGreaterThan(3_570);
      expect(told?.retryAfter).toBeLessThanOrEqual(3_580);

      // The first probe fails.
      clock.skip(10_000);
      expect((await gateway.ask(SESSIONS, { sid: second })).requests).toHaveLength(1);
      expect((await gateway.ask(SESSIONS, { sid: first })).requests).toEqual([]);
      expect(await gateway.ready()).toEqual(throttled);

      repair();
      clock.skip(30_000);
      expect((await gateway.ask(SESSIONS, { sid: second })).errors).toEqual([]);
      expect((await askAll()).flatMap(({ errors }) => errors)).toEqual([]);
      clock.skip(10_000);
      expect(await gateway.ready()).toEqual({
        status: 200,
        body: { ready: true, upstream: { state: 'ok' } },
      });
    },
  );

  test('may be a date', async () => {
    gateway = await startFaultyGateway({ env: { OPERATION_TIMEOUT_MS: '10000' } });
    const retryAfter = new Date(Date.now() + 120_000).toUTCString();
    gateway.sandbox.faults.add({ kind: 'status', status: 429, retryAfter });
    const { errors } = await gateway.ask(SESSIONS);
    expect(errors[0]?.extensions?.retryAfter).toBeGreaterThanOrEqual(115);
    expect(errors[0]?.extensions?.retryAfter).toBeLessThanOrEqual(121);
  });

  test('that is invalid is ignored', async () => {
    gateway = await startFaultyGateway();
    gateway.sandbox.faults.add({ kind: 'status', status: 429, retryAfter: 'soon', times: 1 });
    const { errors, requests } = await gateway.ask(SESSIONS);
    expect(errors).toEqual([]);
    expect(requests).toHaveLength(2);
  });
});
