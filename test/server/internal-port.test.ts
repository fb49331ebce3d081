import { afterEach, describe, expect, it } from 'vitest';
import { sha256, startWireGateway, type WireGateway } from '../support/wire.js';

const ENV = {
  // The test gateway listens on a free port in any case.
  INTERNAL_PORT: '4001',
  GATEWAY_AUTH: 'token',
  GATEWAY_TOKENS: `dashboard:${sha256('a-token')}:wireless:read`,
  CORS_ORIGINS: 'https://app.test',
};

describe('a gateway with INTERNAL_PORT', () => {
  let gateway: WireGateway;

  afterEach(() => gateway.close());

  const internal = (path: string, init?: RequestInit) => fetch(gateway.internalUrl + path, init);

  it('serves /health, /ready and /metrics there without authentication', async () => {
    gateway = await startWireGateway({ env: ENV });
    expect(await (await internal('/health')).json()).toEqual({ alive: true });
    expect(await (await internal('/ready')).json()).toEqual({ ready: true, upstream: { state: 'ok' } });
    const metrics = await internal('/metrics');
    expect([metrics.status, metrics.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    expect(await metrics.text()).toContain('gateway_operations_in_flight 0');
  });

  it('serves nothing else there, and allows no page of a browser to read it', async () => {
    gateway = await startWireGateway({ env: { ...ENV, GRAPHIQL: 'on' } });
    const body = JSON.stringify({ query: '{ __typename }' });
    const operation = await internal('/graphql', { method: 'POST', body });
    expect(operation.status).toBe(404);
    expect(await operation.json()).toMatchObject({
      errors: [{ message: 'Nothing is served at this path.' }],
    });
    expect((await internal('/', { headers: { accept: 'text/html' } })).status).toBe(404);
    expect((await internal('/metrics', { method: 'POST' })).status).toBe(405);
    const page = await internal('/metrics', { headers: { origin: 'https://app.test' } });
    expect(page.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('serves /health and /ready with the operations, but not /metrics', async () => {
    gateway = await startWireGateway({ env: ENV });
    expect((await gateway.fetch('/health')).status).toBe(200);
    expect((await gateway.fetch('/ready')).status).toBe(200);
    const headers = { authorization: 'Bearer a-token' };
    expect((await gateway.fetch('/metrics', { headers })).status).toBe(404);
    expect((await gateway.post({ query: '{ __typename }' }, headers)).status).toBe(200);
  });

  it('counts in the metrics there what is served with the operations', async () => {
    gateway = await startWireGateway({ env: ENV });
    const query = `{ sim(sid: "${gateway.sandbox.cleanSimSid}") { status } }`;
    await gateway.post({ query }, { authorization: 'Bearer a-token' });
    expect(await (await internal('/metrics')).text()).toContain(
      'gateway_operation_duration_seconds_count{outcome="ok"} 1',
    );
  });
});

describe('a gateway without INTERNAL_PORT', () => {
  it('serves /metrics with the operations, to authenticated callers only', async () => {
    const gateway = await startWireGateway({ env: { ...ENV, INTERNAL_PORT: '' } });
    expect(gateway.internalUrl).toBeNull();
    expect((await gateway.fetch('/metrics')).status).toBe(401);
    const headers = { authorization: 'Bearer a-token' };
    expect((await gateway.fetch('/metrics', { headers })).status).toBe(200);
    await gateway.close();
  });
});
