import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ACCEPT, type CallbackGateway, simWith, startCallbackGateway, watching } from './callbacks.js';

let live: CallbackGateway;

/** Number of connections to a server that is no router of the gateway. */
let strangers = 0;
const stranger = createServer((_req, res) => res.writeHead(204).end());
stranger.on('connection', () => {
  strangers += 1;
});
let strangerUrl: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  strangerUrl = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((resolve) => stranger.close(resolve));
});

/** Expects that a request is rejected before anything is sent to anyone. */
async function expectRejected(subscription: unknown, message: RegExp | string, status = 400): Promise<void> {
  const answer = await live.request(simWith(live, 3), subscription);
  expect(answer).toMatchObject({ status, protocol: null, body: { errors: [expect.anything()] } });
  const [error] = answer.body.errors ?? [];
  expect(error?.extensions.code).toBe('BAD_USER_INPUT');
  expect(error?.message).toMatch(message);
  expect([live.router.connections, strangers]).toEqual([0, 0]);
  expect(live.sandbox.requests).toHaveLength(0);
}

describe('the callback URL of a subscription', () => {
  beforeAll(async () => {
    live = await startCallbackGateway();
  });
  afterAll(() => live.close());

  it.each<[what: string, url: () => unknown]>([
    ['no string', () => 4000],
    ['not absolute', () => '/callback/1'],
    ['too long', () => `${live.router.url}/${'x'.repeat(2048)}`],
  ])('is rejected if it is %s', async (_what, url) => {
    await expectRejected(
      { ...live.router.subscription(), callbackUrl: url() },
      /callbackUrl` to be a URL of/,
    );
  });

  it.each(['file:///etc/passwd', 'ftp://127.0.0.1/', 'ws://127.0.0.1/', 'javascript:1', 'data:,'])(
    'is rejected if it is not http(s): %s',
    async (callbackUrl) => {
      await expectRejected(
        { ...live.router.subscription(), callbackUrl },
        /callbackUrl` to be an http\(s\) URL\.$/,
      );
    },
  );

  it.each(['user:password@', 'user@', ':password@'])(
    'is rejected if it has credentials: %s',
    async (credentials) => {
      const callbackUrl = `http://${credentials}${live.router.host}/callback`;
      await expectRejected(
        { ...live.router.subscription(), callbackUrl },
        /callbackUrl` to have no credentials/,
      );
    },
  );

  it.each<[what: string, url: (router: string) => string]>([
    ['another port', () => strangerUrl],
    ['the host of the router by another name', (router) => router.replace('127.0.0.1', 'localhost')],
    ['another loopback address', (router) => router.replace('127.0.0.1', '127.0.0.2')],
    ['the router in its path', (router) => `${strangerUrl}/${router}`],
    ['the router in its fragment', (router) => `${strangerUrl}#@${router.slice(7)}`],
    ['the router in its query', (router) => `${strangerUrl}?@${router.slice(7)}`],
    ['a backslash before the router', (router) => `${strangerUrl}\\@${router.slice(7)}`],
    ['the metadata service', () => 'http://169.254.169.254/latest/meta-data/'],
  ])('is rejected if it has %s', async (_what, url) => {
    await expectRejected(
      { ...live.router.subscription(), callbackUrl: url(live.router.url) },
      /callbackUrl` to have the host and port of a router that LIVE_CALLBACK_HOSTS names/,
    );
  });
});

describe('the extension of a subscription by HTTP callbacks', () => {
  beforeAll(async () => {
    live = await startCallbackGateway();
  });
  afterAll(() => live.close());

  it.each([undefined, null, 'text', 1, []])('is rejected if it is %s', async (subscription) => {
    await expectRejected(subscription, /callbackUrl` to be a URL/);
  });

  it.each(['subscriptionId', 'verifier'])('is rejected without a %s of bounded length', async (name) => {
    for (const value of [undefined, null, 1, '', 'x'.repeat(1025), ['x']]) {
      await expectRejected(
        { ...live.router.subscription(), [name]: value },
        `\`extensions.subscription.${name}\` to be a string of 1 to 1024 characters`,
      );
    }
  });

  it.each([undefined, null, '5000', -1, 0.5, 999, 1_800_001, 1e300, [5000]])(
    'is rejected with the heartbeat interval %s',
    async (heartbeatIntervalMs) => {
      await expectRejected(
        { ...live.router.subscription(), heartbeatIntervalMs },
        /heartbeatIntervalMs` to be 0, or an integer from 1000 to 1800000/,
      );
    },
  );
});

describe('a request for HTTP callbacks', () => {
  afterEach(() => live.close());

  it('is rejected by a gateway without LIVE_CALLBACK_HOSTS, which says what it offers', async () => {
    live = await startCallbackGateway({ env: { LIVE_CALLBACK_HOSTS: '' } });
    await expectRejected(
      live.router.subscription(),
      /^Expected text\/event-stream, .*: HTTP callbacks are not offered, because LIVE_CALLBACK_HOSTS names no router\.$/,
      406,
    );
  });

  it('is rejected over http to a host that is not loopback, unless the prefix http:// allows it', async () => {
    live = await startCallbackGateway({ env: { LIVE_CALLBACK_HOSTS: 'router.test' } });
    await expectRejected(
      { ...live.router.subscription(), callbackUrl: 'http://router.test:4000/callback' },
      /callbackUrl` to be an https URL: LIVE_CALLBACK_HOSTS does not name the host with the prefix http:\/\/\.$/,
    );
  });

  it('causes no message if the subscription is not valid', async () => {
    live = await startCallbackGateway();
    expect(await live.request('not-a-sid', live.router.subscription())).toMatchObject({
      body: { errors: [{ message: expect.stringMatching(/^Invalid `simSid`/) }] },
    });
    expect(live.router.connections).toBe(0);
  });

  it('causes no message if no further subscription is served', async () => {
    live = await startCallbackGateway({ env: { MAX_SUBSCRIPTIONS: '1' } });
    await live.begin(simWith(live, 3));
    await live.snapshot(3);
    expect(await live.request(simWith(live, 3), live.router.subscription())).toMatchObject({
      body: { errors: [{ extensions: { code: 'RATE_LIMITED' } }] },
    });
    expect(live.router.received.filter(({ action }) => action === 'check')).toHaveLength(1);
  });

  it('is rejected if another site can send it without a preflight', async () => {
    live = await startCallbackGateway();
    const variables = { sim: simWith(live, 3) };
    const extensions = { subscription: live.router.subscription() };
    const response = await fetch(`${live.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', accept: ACCEPT },
      body: JSON.stringify({ query: watching('kind'), variables, extensions }),
    });
    expect(response.status).toBe(403);
    expect(live.router.connections).toBe(0);
  });

  it('is rejected if it is a GET request', async () => {
    live = await startCallbackGateway();
    const search = new URLSearchParams({
      query: watching('kind'),
      variables: JSON.stringify({ sim: simWith(live, 3) }),
      extensions: JSON.stringify({ subscription: live.router.subscription() }),
    });
    const response = await fetch(`${live.url}/graphql?${search}`, {
      headers: { accept: ACCEPT, 'apollo-require-preflight': '1' },
    });
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining('Expected a POST request for a subscription by HTTP callbacks.'),
    ]);
    expect(live.router.connections).toBe(0);
  });

  it('is accepted with a body of unknown length', async () => {
    live = await startCallbackGateway();
    const variables = { sim: simWith(live, 1) };
    const extensions = { subscription: live.router.subscription() };
    const text = JSON.stringify({ query: watching('kind'), variables, extensions });
    const response = await fetch(`${live.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: ACCEPT },
      body: new Blob([text]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect([response.status, response.headers.get('subscription-protocol'), await response.json()]).toEqual([
      200,
      'callback/1.0',
      { data: null },
    ]);
    expect((await live.message()).payload?.data).toEqual({ dataSessionEvents: { kind: 'SNAPSHOT' } });
  });

  it('leaves the response to a query as it is', async () => {
    live = await startCallbackGateway();
    const answer = await live.request('', live.router.subscription(), { query: '{ __typename }' });
    expect(answer).toMatchObject({ status: 200, protocol: null, body: { data: { __typename: 'Query' } } });
    expect(live.router.connections).toBe(0);
  });

  it.each([
    ['text/event-stream, application/json;callbackSpec=1.0', 'text/event-stream'],
    ['application/json;callbackSpec="1.0"', 'application/json; charset=utf-8'],
    ['application/json;callbackSpec=1.0; charset=utf-8', 'application/json; charset=utf-8'],
    ['*/*;q=0.1, application/json;callbackSpec=1.0', 'application/json; charset=utf-8'],
  ])('is one for the type that the client prefers: %s', async (accept, type) => {
    live = await startCallbackGateway();
    const abort = new AbortController();
    const response = await fetch(`${live.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify({
        query: watching('kind'),
        variables: { sim: simWith(live, 1) },
        extensions: { subscription: live.router.subscription() },
      }),
      signal: abort.signal,
    });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
    abort.abort();
  });
});
