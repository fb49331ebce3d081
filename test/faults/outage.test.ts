import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Fault } from '../../src/sandbox/index.js';
import { type Answer, type FaultyGateway, SESSIONS, startFaultyGateway } from './gateway.js';

/** Failures in a row that open the circuit breaker. */
const RUN = 10;
/** Retries that a quiet day gives for nothing, and what each operation adds to them. */
const FLOOR = 10;
const PER_OPERATION = 0.2;
/** How long the breaker stays open the first time; every further time it is twice that. */
const OPEN_MS = 3750;

let gateway: FaultyGateway;
beforeEach(async () => {
  // Time is skipped under these operations, and their deadline is not what is tested here.
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

/** One SIM after the other, so that no two operations share a request. */
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
  ])('keeps retries from multiplying the load of an upstream that is %s', async (_, fault) => {
    // Now and then it answers, so that the breaker stays out of it.
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
    // It is spent, too: most of what it holds goes into retries.
    expect(sent).toBeGreaterThan(operations + FLOOR);
  });

  test('leaves a single failure its retries', async () => {
    failing({ kind: 'status', status: 503, times: 3 });
    const [answer] = await ask(1);
    expect(answer?.errors).toEqual([]);
    expect(answer?.cost).toEqual({ requests: 4, retries: 3, cacheHits: 0 });
  });
});

describe('the circuit breaker', () => {
  test('opens after a run of failures, and then answers at once, with nothing sent', async () => {
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

  test('costs an upstream that is down no more than the run, however many ask at once', async () => {
    failing({ kind: 'reset' });
    const answers = await askAtOnce(300);
    expect(codes(answers)).toEqual(new Set(['UPSTREAM_UNAVAILABLE']));
    // Those that were in flight when the first of them failed count as one, and what is in flight when it opens cannot
    // be called back.
    expect(gateway.sandbox.requests.length).toBeLessThanOrEqual(RUN + 2 * 20);
  });

  test('stays closed when connections that break together are served on others', async () => {
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

  test('leaves /ready at 200, whose body tells of it: stale answers and coded errors can still be served', async () => {
    expect(await gateway.ready()).toEqual({ status: 200, body: { ready: true, upstream: { state: 'ok' } } });
    failing();
    await ask(RUN);
    expect(await gateway.ready()).toEqual({
      status: 200,
      body: { ready: true, upstream: { state: 'failing' } },
    });
  });

  test('lets a single probe through when its time has come, and closes when that succeeds', async () => {
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
      // They cannot be held to their costs one by one while the probe is under way: they are told as a whole.
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

  test('is not opened by refusals, which are answers', async () => {
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
