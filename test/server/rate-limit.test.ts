import { describe, expect, it } from 'vitest';
import { secondsToWindowEnd } from '../../src/guards/rate-limit/minute.js';
import { MemoryRateLimitStore } from '../../src/guards/rate-limit/store.js';
import { codesOf, sha256, startWireGateway, type WireAnswer, type WireGateway } from '../support/wire.js';

const QUERY = { query: '{ __typename }' };

/** Sends until one is refused, which a minute that ends meanwhile can put off once. */
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

describe('RATE_LIMIT', () => {
  it('refuses what is over it, and says when to come back', () =>
    withGateway({ RATE_LIMIT: '3' }, async (gateway) => {
      const answers = await untilRefused(3, () => gateway.post(QUERY));
      const refused = answers.at(-1);
      expect(answers.length).toBeGreaterThan(3);
      expect(refused?.status).toBe(429);
      expect(refused && codesOf(refused)).toEqual(['RATE_LIMITED']);
      const seconds = Number(refused?.headers.get('retry-after'));
      expect(seconds).toBeGreaterThanOrEqual(1);
      expect(seconds).toBeLessThanOrEqual(60);
      expect(refused?.body?.errors?.[0]?.extensions.retryAfter).toBe(seconds);
      expect(refused?.body?.extensions).toEqual({ upstream: { requests: 0, retries: 0, cacheHits: 0 } });
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

  it('leaves probes and metrics alone', () =>
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

describe('a minute', () => {
  it('begins anew by the clock on the wall', () => {
    const counter = new MemoryRateLimitStore();
    const start = 1000 * 60_000;
    expect([start, start + 59_999].map((now) => counter.count('a', now))).toEqual([1, 2]);
    expect([start + 60_000, start + 60_001].map((now) => counter.count('a', now))).toEqual([1, 2]);
    expect([start, start + 1, start + 59_000, start + 59_999].map(secondsToWindowEnd)).toEqual([
      60, 60, 1, 1,
    ]);
  });
});
