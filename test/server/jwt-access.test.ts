import { SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Issuer, startIssuer, type TokenOptions } from '../support/issuer.js';
import { codesOf, startWireGateway, type WireGateway } from '../support/wire.js';

const READ = 'wireless:read';
const QUERY = { query: '{ node(id: "U2ltOg==") { __typename } }' };

describe('GATEWAY_AUTH=jwt', () => {
  let issuer: Issuer;
  let gateway: WireGateway;

  beforeEach(async () => {
    issuer = await startIssuer();
    gateway = await startWireGateway({
      env: {
        GATEWAY_AUTH: 'jwt',
        JWT_JWKS_URL: issuer.jwksUrl,
        JWT_ISSUER: `https://former.test/, ${issuer.issuer}`,
        JWT_AUDIENCE: `${issuer.audience},second-audience`,
      },
    });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await gateway.close();
    await issuer.close();
  });

  const postWith = (token: string) => gateway.post(QUERY, { authorization: `Bearer ${token}` });
  const statusOf = async (options: TokenOptions) => (await postWith(await issuer.sign(options))).status;

  it('accepts a token of the issuer with its scopes', async () => {
    const answers = [
      await postWith(await issuer.sign({ scope: `openid ${READ}` })),
      await postWith(await issuer.sign({ scp: ['openid', READ] })),
      await postWith(await issuer.sign({ scp: READ })),
    ];
    // The global ID is invalid, which is reported only to a viewer with the scope to read.
    for (const answer of answers) expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
    const without = await postWith(await issuer.sign({ scope: 'openid wireless:readx' }));
    expect([without.status, ...codesOf(without)]).toEqual([200, 'FORBIDDEN']);
  });

  it('fetches the keys once for many tokens', async () => {
    for (let round = 0; round < 5; round += 1) await postWith(await issuer.sign({ scope: READ }));
    expect(issuer.fetches).toBe(1);
  });

  it('rejects a token of another issuer or audience, an expired one, and one without a subject', async () => {
    expect(await statusOf({})).toBe(200);
    expect(await statusOf({ issuer: 'https://other.test/' })).toBe(401);
    expect(await statusOf({ audience: 'another-service' })).toBe(401);
    expect(await statusOf({ expiresIn: -120 })).toBe(401);
    expect(await statusOf({ notBeforeIn: 120 })).toBe(401);
    expect(await statusOf({ expiresIn: null })).toBe(401);
    expect(await statusOf({ subject: null })).toBe(401);
  });

  it('tolerates a clock skew of some seconds', async () => {
    expect(await statusOf({ expiresIn: -10 })).toBe(200);
    expect(await statusOf({ notBeforeIn: 10 })).toBe(200);
  });

  it('rejects unsigned tokens and tokens that are signed with public data', async () => {
    const claims = { scope: READ };
    const unsigned = new UnsecuredJWT(claims)
      .setIssuer(issuer.issuer)
      .setAudience(issuer.audience)
      .setSubject('tram-app')
      .setExpirationTime('1m')
      .encode();
    const withSecret = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
      .setIssuer(issuer.issuer)
      .setAudience(issuer.audience)
      .setSubject('tram-app')
      .setExpirationTime('1m')
      .sign(new TextEncoder().encode('x'.repeat(32)));
    const [header, , signature] = (await issuer.sign({ scope: READ })).split('.');
    const [, otherClaims] = (await issuer.sign({ scope: READ, subject: 'somebody-else' })).split('.');
    for (const token of [
      unsigned,
      withSecret,
      `${header}.${otherClaims}.${signature}`,
      'a.b.c',
      'nonsense',
    ]) {
      const answer = await postWith(token);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
      expect(codesOf(answer)).toEqual(['UNAUTHENTICATED']);
    }
  });

  it('accepts new keys after a rotation and rejects the previous ones', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const former = await issuer.sign({ expiresIn: 3600 });
    expect((await postWith(former)).status).toBe(200);
    await issuer.rotate();
    vi.setSystemTime(Date.now() + 31_000);
    expect((await postWith(await issuer.sign({ expiresIn: 3600 }))).status).toBe(200);
    expect((await postWith(former)).status).toBe(401);
  });

  it('limits fetches that are caused by unknown key IDs', async () => {
    await postWith(await issuer.sign());
    await issuer.rotate();
    for (let round = 0; round < 10; round += 1) await postWith(await issuer.sign());
    expect(issuer.fetches).toBe(1);
  });

  it('responds with 503, not 401, while the JWKS endpoint is unavailable', async () => {
    issuer.serve(false);
    const answer = await postWith(await issuer.sign());
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(codesOf(answer)).toEqual(['UPSTREAM_UNAVAILABLE']);
    issuer.serve(true);
    expect((await postWith(await issuer.sign())).status).toBe(200);
  });

  it('accepts tokens of any listed issuer for any listed audience', async () => {
    expect(await statusOf({ issuer: 'https://former.test/' })).toBe(200);
    expect(await statusOf({ audience: 'second-audience' })).toBe(200);
    expect(await statusOf({ audience: ['another-service', 'second-audience'] })).toBe(200);
    expect(await statusOf({ audience: ['another-service'] })).toBe(401);
    expect(await statusOf({ audience: `${issuer.audience},second-audience` })).toBe(401);
    expect(await statusOf({ issuer: `https://former.test/, ${issuer.issuer}` })).toBe(401);
  });

  describe('a token without a key ID', () => {
    it('is accepted with any of several published keys', async () => {
      expect(await statusOf({ kid: false })).toBe(200);
      const former = await issuer.sign({ kid: false });
      await issuer.addKey();
      await issuer.addKey();
      vi.useFakeTimers({ toFake: ['Date'] });
      vi.setSystemTime(Date.now() + 31_000);
      expect(await statusOf({ kid: false })).toBe(200);
      expect((await postWith(former)).status).toBe(200);
      expect(await statusOf({ kid: false, audience: 'another-service' })).toBe(401);
      expect(issuer.fetches).toBe(2);
    });

    it('is rejected if none of the keys has signed it, with a limited number of fetches', async () => {
      await issuer.addKey();
      await statusOf({ kid: false });
      await issuer.rotate();
      for (let round = 0; round < 10; round += 1) expect(await statusOf({ kid: false })).toBe(401);
      expect(issuer.fetches).toBe(1);
    });
  });

  it('accepts all tokens of a new key that arrive during a fetch', async () => {
    await statusOf({});
    await issuer.rotate();
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 31_000);
    const statuses = await Promise.all(Array.from({ length: 10 }, () => statusOf({})));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(issuer.fetches).toBe(2);
  });

  describe('while the JWKS endpoint is unavailable', () => {
    const HOUR = 60 * 60_000;
    const keyLines = () => gateway.log.filter((line) => line.includes('JWKS endpoint'));

    beforeEach(async () => {
      vi.useFakeTimers({ toFake: ['Date'] });
      expect(await statusOf({})).toBe(200);
    });

    it('accepts tokens of the cached keys for a day, and logs one warning', async () => {
      issuer.serve(false);
      for (const after of [HOUR, 8 * HOUR, 12 * HOUR]) {
        vi.setSystemTime(Date.now() + after);
        expect(await statusOf({})).toBe(200);
      }
      expect(keyLines()).toHaveLength(1);
      expect(JSON.parse(keyLines()[0] ?? '')).toMatchObject({ level: 40 });
      vi.setSystemTime(Date.now() + 4 * HOUR);
      const late = await postWith(await issuer.sign());
      expect([late.status, late.headers.get('retry-after')]).toEqual([503, '5']);
    });

    it('uses new keys once it is available again, and logs that', async () => {
      issuer.serve(false);
      vi.setSystemTime(Date.now() + HOUR);
      expect(await statusOf({})).toBe(200);
      issuer.serve(true);
      await issuer.rotate();
      vi.setSystemTime(Date.now() + 31_000);
      expect(await statusOf({})).toBe(200);
      expect(keyLines().map((line) => JSON.parse(line).level)).toEqual([40, 30]);
    });

    it('responds with 503, not 401, to a token of an unknown key', async () => {
      issuer.serve(false);
      await issuer.rotate();
      vi.setSystemTime(Date.now() + HOUR);
      for (let round = 0; round < 5; round += 1) expect(await statusOf({})).toBe(503);
      expect(issuer.fetches).toBe(2);
    });

    it('delays at most one request when the endpoint hangs', async () => {
      issuer.serve('hang');
      vi.setSystemTime(Date.now() + HOUR);
      for (let round = 0; round < 5; round += 1) expect(await statusOf({})).toBe(200);
      vi.setSystemTime(Date.now() + HOUR);
      expect(await statusOf({})).toBe(200);
      // The request that starts the fetch does not wait for its result.
      await vi.waitFor(() => expect(issuer.fetches).toBe(3));
    });
  });
});
