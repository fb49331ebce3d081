import { afterEach, expect, test } from 'vitest';
import { type FaultyGateway, SIM_WITH_SESSIONS, startFaultyGateway } from './gateway.js';

let gateway: FaultyGateway;
afterEach(() => gateway.close());

/** Codings of the upstream's responses. */
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

test('`UPSTREAM_COMPRESSION=on` requests compressed responses and returns the same data', async () => {
  expect(await codings({ UPSTREAM_COMPRESSION: 'on' })).toEqual(['gzip', 'gzip']);
});

test.each(['off', 'auto'])(
  '`UPSTREAM_COMPRESSION=%s` does not request compressed responses of an upstream on loopback',
  async (mode) => {
    expect(await codings({ UPSTREAM_COMPRESSION: mode })).toEqual(['identity', 'identity']);
  },
);
