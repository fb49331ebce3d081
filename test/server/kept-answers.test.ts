import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../../src/app.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { SkippingClock } from '../faults/skipping-clock.js';
import { configFor } from '../support/gateway.js';

const TTL_MS = 10_000;
const QUERY = '{ sim(sid: "SID") { dataSessions(first: 1) { edges { node { operatorName } } } } }';

let sandbox: Sandbox;
let gateway: Gateway;
let clock: SkippingClock;

beforeEach(async () => {
  sandbox = await startSandbox();
  clock = new SkippingClock();
  const config = configFor(sandbox, {}, { CACHE_TTL_MS: String(TTL_MS) });
  gateway = await startGateway(config, pino({ level: 'silent' }), { clock });
});

afterEach(async () => {
  await gateway.close();
  await sandbox.close();
});

/** Requests the operator name of the SIM's latest session. */
async function operator(): Promise<string> {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: QUERY.replace('SID', sandbox.cleanSimSid) }),
  });
  const { data } = (await response.json()) as {
    data: { sim: { dataSessions: { edges: { node: { operatorName: string } }[] } } };
  };
  return data.sim.dataSessions.edges[0]?.node.operatorName ?? '';
}

it('the response cache expires CACHE_TTL_MS after the oldest upstream request, not after the response was cached', async () => {
  sandbox.updateSession(sandbox.cleanSimSid, 0, { operator_name: 'old' });
  expect(await operator()).toBe('old');
  sandbox.updateSession(sandbox.cleanSimSid, 0, { operator_name: 'new' });
  // The response is cached after half of the TTL, which must not extend it.
  clock.skip(TTL_MS / 2);
  for (let run = 0; run < 7; run += 1) expect(await operator()).toBe('old');
  clock.skip(TTL_MS / 2);
  expect(await operator()).toBe('new');
  expect(sandbox.requests).toHaveLength(2);
});
