import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Fault } from '../../src/sandbox/index.js';
import { type Answer, type FaultyGateway, SESSIONS, startFaultyGateway } from './gateway.js';

/** Number of consecutive failures that open the circuit breaker. */
const RUN = 10;
/** Minimum tokens of the retry budget, and the tokens of each operation. */
const FLOOR = 10;
const PER_OPERATION = 0.2;
/** First open time of the circuit breaker; it doubles each time. */
const OPEN_MS = 3750;

let gateway: FaultyGateway;
beforeEach(async () => {
  // These tests skip time, so the deadline must be far away.
  gateway = await startFaultyGateway({
    env: { OPERATION_TIMEOUT_MS: '600000', UPSTREAM_TIMEOUT_MS: '60000' },
  });
});
afterEach(() => gateway.close());

const failing = (fault: Fault = { kind: 'status', status: 500 }) => gateway.sandbox.faults.add(fault);

async function ask(times: number): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let time = 0; time < times; time += 1) answers.push(await gateway.ask(SESSIONS));
  return answers;
}

/** Another SIM for each operation, so that requests are not shared. */
function askAtOnce(times: number): Promise<Answer[]> {
  const sids = gateway.sandbox.simSids;
  return Promise.all(
    Array.from({ length: times }, (_, at) =>
      gateway.ask(
        `query ($sid: ID!) { sim(sid: $sid) { dataSessions(first: ${1 + Math.floor(at / sids.length)}) { edges { cursor } } } }`,
        { sid: sids[at % sids.length] },
      ),
    ),
  );
}

const codes = (answers: readonly Answer[]) =>
  new Set(answers.flatMap(({ errors }) => errors.map(({ extensions }) => extensions?.code)));

describe('the retry budget', () => {
  test.each<[string, Fault]>([
    ['unreachable', { kind: 'reset' }],
    ['overloaded', { kind: 'status', status: 503 }],
  ])('limits the additional load of an upstream that is %s', async (_, fault) => {
    // Some requests succeed, so that the circuit breaker stays closed.
    let number = 0;
    const most = () => {
      number += 1;
      return number % 5 !== 0;
    };
    failing({ ...fault, query: most });
    const operations = 200;
    const answers: Answer[] = [];
    for (let round = 0; round < operations / 20; round += 1) answers.push(...(await askAtOnce(20)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const sent = gateway.sandbox.requests.length;
    const seconds = answers.reduce((sum, { tookMs }) => Math.max(sum, tookMs), 0) / 1000;
    const trickle = Math.ceil(seconds * (operations / 20));
    expect(sent).toBeLessThanOrEqual(operations * (1 + PER_OPERATION) + FLOOR + trickle);
    // Most of the budget is used for retries.
    expect(sent).toBeGreaterThan(operations + FLOOR);
  });

  test('allows the retries of a single failure', async () => {
    failing({ kind: 'status', status: 503, times: 3 });
    const [answer] = await ask(1);
    expect(answer?.errors).toEqual([]);
    expect(answer?.cost).toEqual({ requests: 4, retries: 3, cacheHits: 0 });
  });
});

describe('the circuit breaker', () => {
  test('opens after consecutive failures and then rejects immediately without a request', async () => {
    failing();
    const failed = await ask(RUN);
    expect(gateway.sandbox.requests).toHaveLength(RUN);
    expect(failed.every(({ errors }) => errors[0]?.extensions?.retryAfter === undefined)).toBe(true);

    const refused = await askAtOnce(20);
    expect(gateway.sandbox.requests).toHaveLength(RUN);
    for (const { status, data, errors, cost } of refused) {
      expect(status).toBe(200);
      expect(data).toEqual({ sim: { dataSessions: null } });
      expect(errors).toMatchObject([
        {
          path: ['sim', 'dataSessions'],
          extensions: { code: 'UPSTREAM_UNAVAILABLE', retryAfter: Math.ceil(OPEN_MS / 1000), upstream: {} },
        },
      ]);
      expect(cost).toEqual({ requests: 0, retries: 0, cacheHits: 0 });
    }
  });

  test('limits the requests to a failed upstream, however many operations are concurrent', async () => {
    failing({ kind: 'reset' });
    const answers = await askAtOnce(300);
    expect(codes(answers)).toEqual(new Set(['UPSTREAM_UNAVAILABLE']));
    // Requests that were in flight at the first failure count as one, and requests in flight at the opening cannot
    // be recalled.
    expect(gateway.sandbox.requests.length).toBeLessThanOrEqual(RUN + 2 * 20);
  });

  test('stays closed when connections break together and the retries succeed', async () => {
    const together = 12;
    let release = () => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    gateway.sandbox.faults.add({ kind: 'hold', until, times: together });
    gateway.sandbox.faults.add({ kind: 'reset', times: together });
    const answers = askAtOnce(together);
    await gateway.sandbox.requestStarted(together);
    release();
    expect((await answers).flatMap(({ errors }) => errors)).toEqual([]);
    expect((await gateway.ready()).status).toBe(200);
  });

  test('keeps /ready at 200 and shows the state in its body', async () => {
    expect(await gateway.ready()).toEqual({ status: 200, body: { ready: true, upstream: { state: 'ok' } } });
    failing();
    await ask(RUN);
    expect(await gateway.ready()).toEqual({
      status: 200,
      body: { ready: true, upstream: { state: 'failing' } },
    });
  });

  test('admits a single probe after the open time, and closes when it succeeds', async () => {
    const repair = failing();
    await ask(RUN);
    gateway.clock.skip(OPEN_MS);
    repair();
    let release = () => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    gateway.sandbox.faults.add({ kind: 'hold', until });

    const probe = gateway.ask(SESSIONS);
    await gateway.sandbox.requestStarted(RUN + 1);
    const others = gateway.sandbox.simSids.slice(1, 6);
    for (const sid of others) {
      // The usage of concurrent operations is compared as a sum while the probe is in flight.
      const refused = await gateway.ask(SESSIONS, { sid });
      expect(refused.errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE', retryAfter: 1 } }]);
    }
    expect(gateway.sandbox.requests).toHaveLength(RUN + 1);
    release();

    expect((await probe).errors).toEqual([]);
    expect(codes(await askAtOnce(20))).toEqual(new Set());
    expect(gateway.sandbox.requests).toHaveLength(RUN + 1 + 20);
    expect(await gateway.ready()).toEqual({ status: 200, body: { ready: true, upstream: { state: 'ok' } } });
  });

  test('opens again for twice the time when the probe fails', async () => {
    failing();
    await ask(RUN);
    for (const openings of [1, 2]) {
      gateway.clock.skip(OPEN_MS * openings);
      const [probe, refused] = await ask(2);
      expect(probe?.requests).toHaveLength(1);
      expect(refused?.requests).toHaveLength(0);
      expect(refused?.errors[0]?.extensions?.retryAfter).toBe(Math.ceil((OPEN_MS * 2 * openings) / 1000));
    }
  });

  test('is not opened by rejections', async () => {
    for (const status of [400, 401, 404, 429]) {
      const remove = failing({ kind: 'status', status });
      await ask(RUN + 5);
      remove();
      const { status: ready, body } = await gateway.ready();
      expect(ready).toBe(200);
      expect(body).not.toMatchObject({ upstream: { state: 'failing' } });
      expect(codes(await ask(1))).toEqual(new Set());
    }
  });
});
