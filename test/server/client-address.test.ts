import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callerOf, clientAddress } from '../../src/guards/rate-limit/address.js';
import { startWireGateway, type WireGateway } from '../support/wire.js';

const PEER = '10.0.0.1';
const addresses = fc.oneof(fc.ipV4(), fc.ipV6());
/** What is no address: names, obfuscated identifiers (RFC 7239, 6.3), and what a client may invent. */
const noAddress = fc.oneof(
  fc.constantFrom('unknown', '_hidden', '', '[::1', '::1]', '1.2.3', '1.2.3.4.5', '[1.2.3.4]', 'a:80'),
  fc.string().map((text) => `x${text.replaceAll(',', '')}`),
);
const spaces = fc.constantFrom('', ' ', '  ', '\t');
const lists = fc.array(addresses, { minLength: 1, maxLength: 6 });

describe('the address of a client behind proxies', () => {
  it('is that of the connection with TRUST_PROXY=0, whatever the header says', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(addresses, noAddress)), (entries) => {
        expect(clientAddress(PEER, entries.join(','), 0)).toBe(PEER);
      }),
    );
  });

  it('is that of the connection without the header', () => {
    expect(clientAddress(PEER, undefined, 3)).toBe(PEER);
    expect(clientAddress(undefined, undefined, 3)).toBeUndefined();
  });

  it('is the entry that the first believed proxy has added, whatever the client has sent before it', () => {
    const forged = fc.array(fc.oneof(addresses, noAddress), { maxLength: 5 });
    fc.assert(
      fc.property(forged, lists, spaces, (sent, added, space) => {
        const header = [...sent, ...added].join(`${space},${space}`);
        expect(clientAddress(PEER, header, added.length)).toBe(added[0]);
      }),
    );
  });

  it('is the first entry if there are fewer entries than proxies', () => {
    fc.assert(
      fc.property(lists, fc.integer({ min: 0, max: 20 }), (entries, missing) => {
        expect(clientAddress(PEER, entries.join(','), entries.length + missing)).toBe(entries[0]);
      }),
    );
  });

  it('is that of the nearest proxy after an entry that is no address, and else that of the connection', () => {
    fc.assert(
      fc.property(fc.array(noAddress, { minLength: 1, maxLength: 4 }), fc.array(addresses), (bad, good) => {
        const entries = [...bad, ...good];
        expect(clientAddress(PEER, entries.join(','), entries.length)).toBe(good[0] ?? PEER);
      }),
    );
  });

  it('has no port and no brackets', () => {
    const ports = fc.integer({ min: 0, max: 65535 });
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV6(), ports, (v4, v6, port) => {
        expect(clientAddress(PEER, `${v4}:${port}`, 1)).toBe(v4);
        expect(clientAddress(PEER, `[${v6}]:${port}`, 1)).toBe(v6);
        expect(clientAddress(PEER, `[${v6}]`, 1)).toBe(v6);
        expect(clientAddress(PEER, v6, 1)).toBe(v6);
      }),
    );
  });

  it('identifies IPv6 callers by their /64 network, as without proxies', () => {
    const client = clientAddress(PEER, '[2001:db8:0:1:aa::1]:443', 1);
    expect(callerOf(client)).toBe(callerOf('2001:db8:0:1:bb::2'));
  });
});

describe('RATE_LIMIT behind a proxy', () => {
  const from = async (gateway: WireGateway, ...forwardedFor: string[]) =>
    (await gateway.post({ query: '{ __typename }' }, { 'x-forwarded-for': forwardedFor.join(', ') })).status;

  it('counts each client separately with TRUST_PROXY, and no forged entries', async () => {
    const gateway = await startWireGateway({ env: { RATE_LIMIT: '1', TRUST_PROXY: '1' } });
    expect(await from(gateway, '192.0.2.1')).toBe(200);
    expect(await from(gateway, '192.0.2.2')).toBe(200);
    expect(await from(gateway, '192.0.2.1')).toBe(429);
    expect(await from(gateway, '198.51.100.9', '192.0.2.1')).toBe(429);
    await gateway.close();
  });

  it('counts all clients together without TRUST_PROXY', async () => {
    const gateway = await startWireGateway({ env: { RATE_LIMIT: '1' } });
    expect(await from(gateway, '192.0.2.1')).toBe(200);
    expect(await from(gateway, '192.0.2.2')).toBe(429);
    await gateway.close();
  });
});
