import { afterEach, describe, expect, test } from 'vitest';
import type { Fault } from '../../src/sandbox/index.js';
import { type FaultyGateway, SIM_WITH_SESSIONS, startFaultyGateway } from './gateway.js';

const STALE_MS = 60_000;
/** Tolerance for the time between two lines of a test on a busy machine. */
const SLACK_MS = 20_000;

let gateway: FaultyGateway;
afterEach(() => gateway.close());

/** Starts a gateway with one cached response, whose upstream then fails. */
async function answeredOnce(fault: Fault, staleIfErrorMs = STALE_MS) {
  gateway = await startFaultyGateway({
    env: {
      CACHE_TTL_MS: '0',
      STALE_IF_ERROR_MS: String(staleIfErrorMs),
      // These tests skip time, so the deadline must be far away.
      OPERATION_TIMEOUT_MS: '600000',
      UPSTREAM_TIMEOUT_MS: '2000',
    },
  });
  const { data, errors } = await gateway.ask(SIM_WITH_SESSIONS);
  expect(errors).toEqual([]);
  gateway.sandbox.faults.add(fault);
  return data;
}

const FAILURES: readonly [what: string, fault: Fault][] = [
  ['fails', { kind: 'status', status: 500 }],
  ['is overloaded', { kind: 'status', status: 503 }],
  ['ends the connection with a 408', { kind: 'status', status: 408 }],
  ['limits the account', { kind: 'status', status: 429, retryAfter: 3600 }],
  ['does not answer', { kind: 'hang' }],
  ['is not there', { kind: 'reset' }],
];

describe('stale-if-error for an upstream that', () => {
  test.each(FAILURES)('%s serves the last response with its age', async (_, fault) => {
    const fresh = await answeredOnce(fault);
    gateway.clock.skip(STALE_MS - SLACK_MS);
    const { status, data, errors, cost } = await gateway.ask(SIM_WITH_SESSIONS);
    expect(status).toBe(200);
    expect(errors).toEqual([]);
    expect(data).toEqual(fresh);
    expect(cost).toMatchObject({ cacheHits: 2, staleMs: expect.any(Number) });
    expect(cost.staleMs).toBeGreaterThanOrEqual(STALE_MS - SLACK_MS);
    expect(cost.staleMs).toBeLessThan(STALE_MS);
  });
});

test('stale-if-error serves no response older than STALE_IF_ERROR_MS', async () => {
  await answeredOnce({ kind: 'status', status: 500 });
  gateway.clock.skip(STALE_MS);
  const { data, errors, cost } = await gateway.ask(SIM_WITH_SESSIONS);
  expect(data).toEqual({ sim: { uniqueName: null, dataSessions: null } });
  expect(errors.map(({ extensions }) => extensions?.code)).toEqual(Array(2).fill('UPSTREAM_UNAVAILABLE'));
  expect(cost).toEqual({ requests: 2, retries: 0, cacheHits: 0 });
});

test('`STALE_IF_ERROR_MS=0` disables stale-if-error', async () => {
  await answeredOnce({ kind: 'status', status: 500 }, 0);
  const { errors, cost } = await gateway.ask(SIM_WITH_SESSIONS);
  expect(errors.map(({ extensions }) => extensions?.code)).toEqual(Array(2).fill('UPSTREAM_UNAVAILABLE'));
  expect(cost).toEqual({ requests: 2, retries: 0, cacheHits: 0 });
});

test('stale-if-error serves responses without a request while the circuit breaker is open', async () => {
  const fresh = await answeredOnce({ kind: 'status', status: 500 });
  // Two requests each; those of the first operation count as one of the ten failures.
  for (let time = 0; time < 6; time += 1) await gateway.ask(SIM_WITH_SESSIONS);
  const { data, cost, requests } = await gateway.ask(SIM_WITH_SESSIONS);
  expect(requests).toEqual([]);
  expect(data).toEqual(fresh);
  expect(cost).toMatchObject({ requests: 0, cacheHits: 2 });
});

test.each<[string, Fault, string]>([
  ['refused credentials', { kind: 'status', status: 401 }, 'UPSTREAM_UNAUTHORIZED'],
  ['an answer of no use', { kind: 'html' }, 'UPSTREAM_BAD_RESPONSE'],
])('stale-if-error does not apply to %s', async (_, fault, code) => {
  await answeredOnce(fault);
  const { errors, cost } = await gateway.ask(SIM_WITH_SESSIONS);
  expect(errors.map(({ extensions }) => extensions?.code)).toEqual([code, code]);
  expect(cost).not.toHaveProperty('staleMs');
});

test('stale-if-error does not serve a SIM from before a 404', async () => {
  const sims = { kind: 'status', status: 404, times: 2 } as const;
  await answeredOnce(sims);
  expect((await gateway.ask(SIM_WITH_SESSIONS)).data).toEqual({ sim: null });
  gateway.sandbox.faults.add({ kind: 'status', status: 500 });
  const { data, cost } = await gateway.ask(SIM_WITH_SESSIONS);
  expect(data).toEqual({ sim: null });
  expect(cost).toMatchObject({ staleMs: expect.any(Number) });
});

test('a recovered upstream is requested again and its response is fresh', async () => {
  await answeredOnce({ kind: 'status', status: 500, times: 2 });
  await gateway.ask(SIM_WITH_SESSIONS);
  const [session] = gateway.sandbox.insertAtHead(gateway.sid, 1);
  const { data, cost } = await gateway.ask(SIM_WITH_SESSIONS);
  expect(data).toMatchObject({ sim: { dataSessions: { edges: [{ node: { sid: session?.sid } }, {}, {}] } } });
  expect(cost).toEqual({ requests: 2, retries: 0, cacheHits: 0 });
});
