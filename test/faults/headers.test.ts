import { afterEach, describe, expect, test } from 'vitest';
import { type FaultyGateway, SESSIONS, startFaultyGateway } from './gateway.js';

let gateway: FaultyGateway;
afterEach(() => gateway.close());

/** A single permit, so that a lost permit blocks the gateway. */
const env = { UPSTREAM_CONCURRENCY: '1' };

async function expectServed(): Promise<void> {
  const { errors } = await gateway.ask(SESSIONS, { sid: gateway.sandbox.simSids[1] });
  expect(errors).toEqual([]);
  expect(await gateway.ready()).toMatchObject({ status: 200, body: { ready: true } });
}

describe('an upstream response with repeated headers', () => {
  test.each([429, 503])('is retried after the longest `Retry-After` (%i)', async (status) => {
    gateway = await startFaultyGateway({ env });
    gateway.sandbox.faults.add({ kind: 'status', status, times: 1 });
    gateway.sandbox.faults.add({ kind: 'wire', headers: { 'retry-after': ['1', '7'] }, times: 1 });
    const asked = gateway.ask(SESSIONS);
    await gateway.clock.armed(6_000, 7_000);
    gateway.clock.skip(7_000);
    const { errors, cost } = await asked;
    expect(errors).toEqual([]);
    expect(cost).toEqual({ requests: 2, retries: 1, cacheHits: 0 });
    await expectServed();
  });

  test.each(['retry-after', 'date', 'twilio-request-id', 'content-encoding', 'content-type'])(
    'is used, as the next one is, if `%s` is repeated',
    async (name) => {
      gateway = await startFaultyGateway({ env });
      gateway.sandbox.faults.add({ kind: 'wire', headers: { [name]: ['identity', 'identity'] }, times: 1 });
      expect((await gateway.ask(SESSIONS)).errors).toEqual([]);
      await expectServed();
    },
  );

  test('of the token endpoint does not prevent the next token request', async () => {
    gateway = await startFaultyGateway({ sandbox: { dialect: 'kore' }, env });
    gateway.sandbox.faults.add({ kind: 'status', status: 429, path: /token$/, times: 1 });
    gateway.sandbox.faults.add({
      kind: 'wire',
      headers: { 'retry-after': ['1', '1'] },
      path: /token$/,
      times: 1,
    });
    expect((await gateway.ask(SESSIONS)).errors).toEqual([]);
    expect(gateway.sandbox.tokenRequests.map(({ status }) => status)).toEqual([429, 200]);
    await expectServed();
  });
});
