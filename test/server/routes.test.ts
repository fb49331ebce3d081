import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endpoint } from '../../src/http/endpoint.js';
import { createGraphqlHandler } from '../../src/http/graphql-handler.js';
import { Responder } from '../../src/http/responder.js';
import { codesOf, sha256, startWireGateway, type WireGateway } from '../support/wire.js';

const TOKENS = { GATEWAY_AUTH: 'token', GATEWAY_TOKENS: `a:${sha256('a-token')}:wireless:read` };
const PAGE = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

describe.each([
  ['open', {}],
  ['token', TOKENS],
])('a route with GATEWAY_AUTH=%s', (_access, env) => {
  let gateway: WireGateway;
  beforeAll(async () => {
    gateway = await startWireGateway({ env });
  });
  afterAll(() => gateway.close());

  const methods = ['PUT', 'DELETE', 'PATCH', 'PROPFIND'];
  it.each([
    ['/graphql', 'GET, POST', [...methods, 'HEAD']],
    ['/graphql?query={__typename}', 'GET, POST', methods],
    ['/health', 'GET, HEAD', [...methods, 'POST']],
    ['/ready', 'GET, HEAD', [...methods, 'POST']],
    ['/metrics', 'GET, HEAD', [...methods, 'POST']],
  ])('responds with 405 and the allowed methods to any other method: %s', async (path, allowed, refused) => {
    for (const method of refused) {
      const answer = await gateway.fetch(path, { method });
      expect([answer.status, answer.headers.get('allow')], method).toEqual([405, allowed]);
      if (method !== 'HEAD') expect(codesOf(answer)).toEqual(['BAD_REQUEST']);
    }
    const body = await gateway.fetch(path, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect([body.status, body.headers.get('allow')]).toEqual([405, allowed]);
    const options = await gateway.fetch(path, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow'), options.text]).toEqual([204, allowed, '']);
  });

  it.each(['/', '/nowhere', '/graphql/x', '/graphqlx', '/healthz'])(
    'responds with 404 and the path of the endpoint: %s',
    async (path) => {
      for (const method of ['GET', 'POST', 'PUT']) {
        const answer = await gateway.fetch(path, { method });
        expect(answer.status).toBe(404);
        expect(codesOf(answer)).toEqual(['BAD_REQUEST']);
        expect(answer.body?.errors?.[0]?.message).toContain('/graphql');
      }
    },
  );

  it('has the same headers for HEAD as for GET, and no body', async () => {
    for (const path of ['/health', '/ready']) {
      const get = await gateway.fetch(path);
      const head = await gateway.fetch(path, { method: 'HEAD' });
      expect([head.status, head.text]).toEqual([get.status, '']);
      for (const name of ['content-type', 'content-length', 'cache-control']) {
        expect(head.headers.get(name)).toBe(get.headers.get(name));
      }
    }
  });
});

describe('the path /', () => {
  const open = (gateway: WireGateway, init: RequestInit = {}) =>
    gateway.fetch('/', { redirect: 'manual', headers: PAGE, ...init });

  it('redirects a browser to GraphiQL if it is enabled', async () => {
    const gateway = await startWireGateway();
    const { status, headers } = await open(gateway);
    expect([status, headers.get('location')]).toEqual([302, '/graphql']);
    expect((await gateway.fetch('/', { headers: PAGE })).text).toContain('GraphiQL');
    await gateway.close();
  });

  it('does not redirect if GraphiQL is disabled, for POST, and for clients that do not accept HTML', async () => {
    const gateway = await startWireGateway({ env: { GRAPHIQL: 'off' } });
    expect((await open(gateway)).status).toBe(404);
    await gateway.close();
    const on = await startWireGateway();
    expect((await open(on, { method: 'POST' })).status).toBe(404);
    expect((await open(on, { headers: { accept: 'text/html;q=0, */*' } })).status).toBe(404);
    await on.close();
  });
});

describe('a query string', () => {
  it('does not change the route', async () => {
    const gateway = await startWireGateway({ env: TOKENS });
    for (const path of ['/graphql?x=/health', '/metrics?x=/health', '/metrics?/graphql']) {
      expect((await gateway.fetch(path)).status, path).toBe(401);
    }
    expect((await gateway.fetch('/nowhere?/graphql', { headers: PAGE })).status).toBe(404);
    await gateway.close();
  });
});

describe('an unexpected error', () => {
  const SECRET = 'the message of an error';
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const responder = new Responder(true);
  const throws = () => {
    throw new TypeError(SECRET);
  };
  const rejects = () => Promise.reject(new TypeError(SECRET));
  const handlers = {
    guards: [],
    fastPath: null,
    shim: throws,
    adapter: throws,
    responder,
    graphiql: true,
    onError,
    startSpan: null,
  };

  async function request(listener: RequestListener, init: RequestInit = {}): Promise<Response> {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, init);
    server.close();
    return response;
  }

  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
  it.each([
    ['the adapter', createGraphqlHandler(handlers), {}],
    ['the adapter, later', createGraphqlHandler({ ...handlers, adapter: rejects }), {}],
    ['GraphiQL', createGraphqlHandler(handlers), { headers: PAGE }],
    ['the lean path', createGraphqlHandler(handlers), post],
    ['the lean path, later', createGraphqlHandler({ ...handlers, shim: rejects }), post],
    ['an endpoint', endpoint(responder, throws, onError).handle, {}],
    ['an endpoint, later', endpoint(responder, rejects, onError).handle, {}],
  ])('is reported and gets a 500 with a code: %s', async (_where, listener, init) => {
    errors.length = 0;
    const response = await request(listener, init);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({
      errors: [{ message: 'Unexpected error.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    });
    expect(errors).toMatchObject([{ message: SECRET }]);
  });
});
