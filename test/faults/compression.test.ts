import { afterEach, expect, test } from 'vitest';
import { type FaultyGateway, SIM_WITH_SESSIONS, startFaultyGateway } from './gateway.js';

let gateway: FaultyGateway;
afterEach(() => gateway.close());

/** Codings of what the upstream sent. */
async function codings(env: Record<string, string>): Promise<unknown[]> {
  gateway = await startFaultyGateway({ env });
  const { data: plain } = await gateway.ask(SIM_WITH_SESSIONS);
  const beginnings: number[] = [];
  gateway.sandbox.faults.add({ kind: 'gzip' });
  gateway.sandbox.faults.add({
    kind: 'wire',
    bytes(body) {
      beginnings.push(body.readUInt16BE());
      return body;
    },
  });
  const { data, errors } = await gateway.ask(SIM_WITH_SESSIONS);
  expect(errors).toEqual([]);
  expect(data).toEqual(plain);
  return beginnings.map((magic) => (magic === 0x1f8b ? 'gzip' : 'identity'));
}

test('answers are asked for compressed with `UPSTREAM_COMPRESSION=on`, and say the same', async () => {
  expect(await codings({ UPSTREAM_COMPRESSION: 'on' })).toEqual(['gzip', 'gzip']);
});

test.each(['off', 'auto'])(
  'answers are not asked for compressed with `UPSTREAM_COMPRESSION=%s` and an upstream on loopback',
  async (mode) => {
    expect(await codings({ UPSTREAM_COMPRESSION: mode })).toEqual(['identity', 'identity']);
  },
);
