import { afterEach, describe, expect, it, vi } from 'vitest';
import { callerOf } from '../../src/guards/rate-limit/address.js';
import { codesOf, sha256, startWireGateway, type WireAnswer, type WireGateway } from '../support/wire.js';

const QUERY = { query: '{ __typename }' };

/** Sends until one is refused. */
async function untilRefused(limit: number, send: () => Promise<WireAnswer>): Promise<WireAnswer[]> {
  const answers: WireAnswer[] = [];
  do answers.push(await send());
  while (answers.at(-1)?.status === 200 && answers.length <= 2 * limit);
  return answers;
}

async function withGateway(env: Record<string, string>, test: (gateway: WireGateway) => Promise<void>) {
  const gateway = await startWireGateway({ env });
  await test(gateway).finally(() => gateway.close());
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('RATE_LIMIT', () => {
  it('rejects operations above it with Retry-After', () =>
    withGateway({ RATE_LIMIT: '3' }, async (gateway) => {
      const answers = await untilRefused(3, () => gateway.post(QUERY));
      const refused = answers.at(-1);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
      expect(refused && codesOf(refused)).toEqual(['RATE_LIMITED']);
      const seconds = Number(refused?.headers.get('retry-after'));
      expect(seconds).toBeGreaterThanOrEqual(1);
      // The rest of this window, and the part of the next one in which this one counts too much.
      expect(seconds).toBeLessThanOrEqual(120);
      expect(refused?.body?.errors?.[0]?.extensions.retryAfter).toBe(seconds);
      expect(refused?.body?.extensions).toEqual({ upstream: { requests: 0, retries: 0, cacheHits: 0 } });
    }));

  it('accepts an operation again after Retry-After', () =>
    withGateway({ RATE_LIMIT: '3' }, async (gateway) => {
      const refused = (await untilRefused(3, () => gateway.post(QUERY))).at(-1);
      const seconds = Number(refused?.headers.get('retry-after'));
      const now = Date.now.bind(Date);
      vi.spyOn(Date, 'now').mockImplementation(() => now() + seconds * 1000);
      expect((await gateway.post(QUERY)).status).toBe(200);
    }));

  it('does not let one caller slow another: each token has its own', () =>
    withGateway(
      {
        RATE_LIMIT: '3',
        GATEWAY_AUTH: 'token',
        GATEWAY_TOKENS: `a:${sha256('token-a')}:wireless:read,b:${sha256('token-b')}:wireless:read`,
      },
      async (gateway) => {
        const as = (token: string) => () => gateway.post(QUERY, { authorization: `Bearer ${token}` });
        await untilRefused(3, as('token-a'));
        expect((await as('token-b')()).status).toBe(200);
      },
    ));

  it('does not apply to probes and metrics', () =>
    withGateway({ RATE_LIMIT: '1' }, async (gateway) => {
      await untilRefused(1, () => gateway.post(QUERY));
      for (const path of ['/health', '/ready', '/metrics']) {
        expect((await gateway.fetch(path)).status).toBe(200);
      }
    }));

  it('is off by default', () =>
    withGateway({}, async (gateway) => {
      const answers = await Promise.all(Array.from({ length: 200 }, () => gateway.post(QUERY)));
      expect(answers.every(({ status }) => status === 200)).toBe(true);
    }));
});

describe('a caller without a token', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::A', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1::2:3:4:5:6:7', '1:0:2:3::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ])('is identified by its IPv4 address or IPv6 network: %s is %s', (address, caller) => {
    expect(callerOf(address)).toBe(caller);
  });
});
