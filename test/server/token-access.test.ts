import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codesOf, sha256, startWireGateway, type WireGateway } from '../support/wire.js';

const TOKEN = 'a-token-of-the-dashboard';
const ROUTER_TOKEN = 'a-token-of-the-router';
const QUERY = { query: '{ __typename }' };

describe('GATEWAY_AUTH=token', () => {
  let gateway: WireGateway;

  beforeAll(async () => {
    gateway = await startWireGateway({
      env: {
        GATEWAY_AUTH: 'token',
        GATEWAY_TOKENS:
          `dashboard:${sha256(TOKEN)}:wireless:read,` +
          `router:${sha256(ROUTER_TOKEN).toUpperCase()}:wireless:read+wireless:location`,
      },
    });
  });
  afterAll(() => gateway.close());

  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  it.each([TOKEN, ROUTER_TOKEN])('accepts each configured token: %s', async (token) => {
    const answer = await gateway.post(QUERY, bearer(token));
    expect(answer.status).toBe(200);
    expect(answer.body?.data).toEqual({ __typename: 'Query' });
  });

  it('rejects a request without a token, with a challenge and without an upstream request', async () => {
    const answer = await gateway.post(QUERY);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="wireless-gateway"');
    expect(codesOf(answer)).toEqual(['UNAUTHENTICATED']);
    expect(answer.body?.extensions).toEqual({ upstream: { requests: 0, retries: 0, cacheHits: 0 } });
    expect(answer.upstreamRequests).toBe(0);
  });

  it.each([
    ['a token that is not configured', `Bearer ${TOKEN}x`],
    ['the hash of a token', `Bearer ${sha256(TOKEN)}`],
  ])('rejects %s as invalid', async (_what, authorization) => {
    const answer = await gateway.post(QUERY, { authorization });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect(codesOf(answer)).toEqual(['UNAUTHENTICATED']);
  });

  it.each(['', 'Bearer', 'Bearer ', `Basic ${TOKEN}`, TOKEN, `Bearer ${TOKEN} ${TOKEN}`])(
    'rejects an invalid Authorization header: "%s"',
    async (authorization) => {
      expect((await gateway.post(QUERY, { authorization })).status).toBe(401);
    },
  );

  it('rejects a client that only accepts application/json with the same status', async () => {
    const answer = await gateway.post(QUERY, { accept: 'application/json' });
    expect(answer.status).toBe(401);
  });

  it('does not read the body of a rejected request', async () => {
    const answer = await gateway.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{ this is no JSON',
    });
    expect(answer.status).toBe(401);
  });

  it.each(['/health', '/ready'])('does not apply to %s', async (path) => {
    expect((await gateway.fetch(path)).status).toBe(200);
  });

  it('requires a token for metrics', async () => {
    const refused = await gateway.fetch('/metrics');
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('Bearer');
    expect(refused.text).not.toContain('gateway_');
    const answer = await gateway.fetch('/metrics', { headers: bearer(TOKEN) });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('gateway_operations_in_flight');
  });

  it('disables GraphiQL by default', async () => {
    const page = await gateway.fetch('/graphql', { headers: { accept: 'text/html,*/*;q=0.8' } });
    expect(page.status).toBe(401);
    expect(page.text).not.toContain('<html');
  });
});
