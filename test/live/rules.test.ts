import { afterEach, describe, expect, it, vi } from 'vitest';
import { configFor } from '../support/gateway.js';
import { type Issuer, startIssuer } from '../support/issuer.js';
import { sha256 } from '../support/wire.js';
import { type LiveGateway, startLiveGateway } from './gateway.js';

let live: LiveGateway;
let issuer: Issuer | null = null;
afterEach(async () => {
  await live.close();
  await issuer?.close();
  issuer = null;
  vi.useRealTimers();
});

function simOf(count: number): string {
  const sim = String(live.sandbox.addSim().sid);
  live.sandbox.insertAtHead(sim, count);
  live.sandbox.updateSession(sim, 0, { end: null });
  return sim;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const tokens = (...entries: string[]) => ({ GATEWAY_AUTH: 'token', GATEWAY_TOKENS: entries.join(',') });
const entry = (name: string, scopes: string) => `${name}:${sha256(`token-of-${name}`)}:${scopes}`;

/** Reads results until one has errors, and returns their codes; then the subscription has to be complete. */
async function failureOf(stream: { result(): Promise<unknown> }): Promise<unknown> {
  for (;;) {
    const result = (await stream.result()) as { errors?: { extensions: { code: string } }[] } | null;
    if (result === null) throw new Error('complete without an error');
    if (result.errors !== undefined) {
      expect(await stream.result()).toBeNull();
      return result.errors.map(({ extensions }) => extensions.code);
    }
  }
}

/** Advances the time in steps in which a poll can be answered, until something is told. */
async function eventually<T>(event: Promise<T>): Promise<T> {
  let isTold = false;
  const told = event.finally(() => {
    isTold = true;
  });
  while (!isTold) {
    live.clock.skip(4000);
    await Promise.race([told, new Promise((resolve) => setTimeout(resolve, 20))]);
  }
  return told;
}

describe('a subscription', () => {
  it.each([
    ['an invalid SID', 'nonsense'],
    ['an empty SID', ''],
  ])('is rejected for %s, without an upstream request', async (_, sid) => {
    live = await startLiveGateway();
    const stream = await live.subscribe(sid);
    expect(await stream.result()).toMatchObject({
      errors: [{ message: expect.stringContaining('simSid'), extensions: { code: 'BAD_USER_INPUT' } }],
    });
    expect(live.sandbox.requests).toEqual([]);
  });

  it('ends with an error for a SIM that does not exist', async () => {
    live = await startLiveGateway();
    const stream = await live.subscribe(`DE${'0'.repeat(32)}`);
    expect(await failureOf(stream)).toEqual(['BAD_USER_INPUT']);
    expect(await live.metric('gateway_live_pollers')).toBe(0);
  });

  it.each(['application/json', 'multipart/mixed', 'multipart/mixed;deferSpec=20220824, application/json'])(
    'is rejected with what is expected, and watches nothing, if the client accepts %s',
    async (accept) => {
      live = await startLiveGateway();
      const stream = await live.subscribe(simOf(3), { headers: { accept } });
      expect(JSON.stringify(await stream.result().catch(() => stream.status))).toMatch(
        /text\/event-stream|406/,
      );
      expect(await live.metric('gateway_live_subscribers')).toBe(0);
      expect(live.sandbox.requests).toEqual([]);
    },
  );

  it('is served as Server-Sent Events to a client that accepts anything', async () => {
    live = await startLiveGateway();
    const stream = await live.subscribe(simOf(3), { headers: { accept: '*/*' } });
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    expect(await stream.snapshot(3)).toHaveLength(3);
  });

  it('is not compressed, because a compressed stream takes memory as long as it lasts', async () => {
    live = await startLiveGateway();
    const stream = await live.subscribe(simOf(3), { headers: { 'accept-encoding': 'br, gzip' } });
    expect(stream.headers.get('content-encoding')).toBeNull();
    expect(stream.headers.get('x-accel-buffering')).toBe('no');
  });

  it('is rejected without a header that a page of another site cannot send', async () => {
    live = await startLiveGateway();
    const query = `subscription { dataSessionEvents(simSid: "${simOf(3)}") { kind } }`;
    const url = `${live.url}/graphql?${new URLSearchParams({ query })}`;
    for (const accept of ['text/event-stream', 'multipart/mixed;subscriptionSpec=1.0']) {
      expect((await fetch(url, { headers: { accept } })).status).toBe(403);
      const abort = new AbortController();
      const headers = { accept, 'apollo-require-preflight': '1' };
      expect((await fetch(url, { headers, signal: abort.signal })).status).toBe(200);
      abort.abort();
    }
  });

  it('is rejected if one event could take more upstream requests than an operation may', async () => {
    live = await startLiveGateway({ env: { MAX_UPSTREAM_REQUESTS: '3' } });
    const selection = (first: number) =>
      `kind edge { node { sim { commands(first: ${first}) { nodes { sim { status } } } } } }`;
    const refused = await live.subscribe(simOf(1), { selection: selection(10) });
    expect(await refused.result()).toMatchObject({
      errors: [{ message: expect.stringContaining('too expensive'), extensions: { code: 'BAD_USER_INPUT' } }],
    });
    expect(live.sandbox.requests).toEqual([]);
    const served = await live.subscribe(simOf(1), { selection: 'kind edge { node { sim { status } } }' });
    expect(await served.result()).toMatchObject({
      data: { dataSessionEvents: { edge: { node: { sim: { status: 'ACTIVE' } } } } },
      extensions: { upstream: { requests: 1 } },
    });
  });

  it('can select several fields of the record that take requests, anew for each event', async () => {
    live = await startLiveGateway();
    const sim = simOf(1);
    const stream = await live.subscribe(sim, {
      selection: 'kind edge { node { sim { uniqueName status } } }',
    });
    await stream.next();
    // Longer than the time limit of an operation.
    for (let n = 0; n < 5; n += 1) {
      live.clock.skip(9000);
      live.sandbox.updateSession(sim, 0, { packets_uploaded: 1000 + n });
      await live.poll();
      expect(await stream.next()).toMatchObject({
        kind: 'UPDATED',
        edge: { node: { sim: { status: 'ACTIVE' } } },
      });
    }
  });
});

describe('the limits of subscriptions', () => {
  it('reject a further SIM when as many are watched as the concurrency limit bears, and none when one has been left', async () => {
    live = await startLiveGateway({ env: { UPSTREAM_CONCURRENCY: '2', LIVE_POLL_MS: '100' } });
    const first = await live.subscribe(simOf(1));
    await first.snapshot(1);
    const other = simOf(1);
    expect(await (await live.subscribe(other)).result()).toMatchObject({
      errors: [{ message: expect.stringContaining('1 lists'), extensions: { code: 'RATE_LIMITED' } }],
    });
    first.close();
    while ((await live.metric('gateway_live_pollers')) > 0) await new Promise(setImmediate);
    expect(await (await live.subscribe(other)).snapshot(1)).toHaveLength(1);
  });

  it('reject a further subscription above MAX_SUBSCRIPTIONS', async () => {
    live = await startLiveGateway({ env: { MAX_SUBSCRIPTIONS: '2' } });
    const sim = simOf(1);
    for (let n = 0; n < 2; n += 1) await (await live.subscribe(sim)).snapshot(1);
    expect(await (await live.subscribe(sim)).result()).toMatchObject({
      errors: [{ message: expect.stringContaining('2 subscriptions'), extensions: { code: 'RATE_LIMITED' } }],
    });
  });

  it('do not count subscriptions as operations in flight', async () => {
    live = await startLiveGateway({ env: { MAX_IN_FLIGHT: '2' } });
    const sim = simOf(1);
    const streams = [];
    for (let n = 0; n < 5; n += 1) {
      const stream = await live.subscribe(sim);
      await stream.snapshot(1);
      streams.push(stream);
    }
    expect(await live.metric('gateway_operations_in_flight')).toBe(0);
    for (const stream of streams) stream.close();
    while ((await live.metric('gateway_live_subscribers')) > 0) await new Promise(setImmediate);
    expect(await live.metric('gateway_operations_in_flight')).toBe(0);
  });
});

describe('one poller', () => {
  it('polls once for a hundred subscribers, begins with the first and ends with the last', async () => {
    live = await startLiveGateway();
    const sim = simOf(50);
    const streams = await Promise.all(Array.from({ length: 100 }, () => live.subscribe(sim)));
    for (const stream of streams) await stream.snapshot();
    expect(live.sandbox.requests).toHaveLength(1);
    for (let round = 1; round <= 3; round += 1) {
      live.sandbox.updateSession(sim, 0, { packets_uploaded: 70_000 + round });
      await live.poll();
      for (const stream of streams) expect((await stream.next()).kind).toBe('UPDATED');
      expect(live.sandbox.requests).toHaveLength(1 + round);
    }
    for (const stream of streams) stream.close();
    while ((await live.metric('gateway_live_pollers')) > 0) await new Promise(setImmediate);
    live.clock.skip(60_000);
    await (await live.subscribe(simOf(1))).snapshot(1);
    expect(live.sandbox.requests).toHaveLength(5);
  });
});

describe('while polls fail', () => {
  it('a new subscription ends with the error of the upstream', async () => {
    live = await startLiveGateway();
    live.sandbox.faults.add({ kind: 'status', status: 401 });
    expect(await failureOf(await live.subscribe(simOf(1)))).toEqual(['UPSTREAM_UNAUTHORIZED']);
    expect(await live.metric('gateway_live_pollers')).toBe(0);
  });

  it('a subscription goes on with heartbeats that say how old its state is, and loses nothing', async () => {
    live = await startLiveGateway();
    const sim = simOf(50);
    const stream = await live.subscribe(sim);
    const last = (await stream.snapshot()).at(-1);
    const heal = live.sandbox.faults.add({ kind: 'status', status: 400 });
    await live.poll();
    const [started] = live.sandbox.insertAtHead(sim, 1);
    for (let n = 0; n < 4; n += 1) live.clock.skip(9000);
    expect(await stream.event()).toMatchObject({ kind: 'HEARTBEAT', asOf: last?.asOf });
    heal();
    await live.poll();
    expect((await stream.next()).edge?.node.sid).toBe(started?.sid);
  });
});

describe('polls', () => {
  it('stop while the upstream asks for a pause, apart from a probe each 30 seconds, and are back after it', async () => {
    live = await startLiveGateway();
    const sim = simOf(50);
    const stream = await live.subscribe(sim);
    await stream.snapshot();
    live.sandbox.faults.add({ kind: 'status', status: 429, retryAfter: 200 });
    await live.poll();
    const { length } = live.sandbox.requests;
    const [started] = live.sandbox.insertAtHead(sim, 1);
    for (let seconds = 0; seconds < 120; seconds += 5) {
      live.clock.skip(5000);
      await new Promise(setImmediate);
    }
    expect(live.sandbox.requests.length - length).toBeLessThanOrEqual(4);
    live.sandbox.faults.clear();
    const told = await eventually(stream.next());
    expect(told.edge?.node.sid).toBe(started?.sid);
  });

  it('stop while the circuit breaker is open, and are back after it', async () => {
    live = await startLiveGateway();
    const sims = Array.from({ length: 8 }, () => simOf(1));
    const streams = await Promise.all(sims.map((sim) => live.subscribe(sim)));
    for (const stream of streams) await stream.snapshot(1);
    live.sandbox.faults.add({ kind: 'status', status: 503 });
    while ((await live.metric('gateway_upstream_breaker_state\\{account="default",state="open"\\}')) === 0) {
      live.clock.skip(1000);
      await new Promise(setImmediate);
    }
    const { length } = live.sandbox.requests;
    for (let n = 0; n < 3; n += 1) live.clock.skip(100);
    expect(live.sandbox.requests).toHaveLength(length);
    live.sandbox.faults.clear();
    for (const [n, sim] of sims.entries())
      live.sandbox.updateSession(sim, 0, { packets_uploaded: 500_000 + n });
    for (const stream of streams) expect((await eventually(stream.next())).kind).toBe('UPDATED');
  });
});

describe('the scopes of a subscriber', () => {
  it('have to include wireless:read', async () => {
    live = await startLiveGateway({ env: tokens(entry('nobody', 'wireless:location')) });
    const stream = await live.subscribe(simOf(1), { headers: bearer('token-of-nobody') });
    expect(await stream.result()).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    expect(live.sandbox.requests).toEqual([]);
  });

  it('hide where a device is, and that it has moved', async () => {
    live = await startLiveGateway({
      env: tokens(entry('reader', 'wireless:read'), entry('tracker', 'wireless:read+wireless:location')),
    });
    const sim = simOf(1);
    const selection = 'kind edge { node { cellId packetsUploaded } }';
    const reader = await live.subscribe(sim, { selection, headers: bearer('token-of-reader') });
    const tracker = await live.subscribe(sim, { selection, headers: bearer('token-of-tracker') });
    expect(await reader.result()).toMatchObject({
      data: { dataSessionEvents: { edge: { node: { cellId: null } } } },
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    });
    await tracker.next();
    live.sandbox.updateSession(sim, 0, { cell_id: '4711' });
    await live.poll();
    expect(await tracker.next()).toMatchObject({ kind: 'UPDATED', edge: { node: { cellId: '4711' } } });
    live.sandbox.updateSession(sim, 0, { packets_uploaded: 123_456 });
    await live.poll();
    // The first event that the reader gets is the second change.
    expect(await reader.result()).toMatchObject({
      data: {
        dataSessionEvents: { kind: 'UPDATED', edge: { node: { cellId: null, packetsUploaded: 123_456 } } },
      },
    });
  });

  it('end the subscription with FORBIDDEN when they no longer include wireless:read', async () => {
    live = await startLiveGateway({ env: tokens(entry('reader', 'wireless:read')) });
    const stream = await live.subscribe(simOf(1), { headers: bearer('token-of-reader') });
    await stream.snapshot(1);
    live.gateway.reload(configFor(live.sandbox, {}, tokens(entry('reader', 'wireless:location'))));
    live.clock.skip(30_000);
    expect(await failureOf(stream)).toEqual(['FORBIDDEN']);
  });

  it('end the subscription with UNAUTHENTICATED when its token is revoked', async () => {
    live = await startLiveGateway({
      env: tokens(entry('reader', 'wireless:read'), entry('other', 'wireless:read')),
    });
    const sim = simOf(1);
    const stream = await live.subscribe(sim, { headers: bearer('token-of-reader') });
    const other = await live.subscribe(sim, { headers: bearer('token-of-other') });
    await stream.snapshot(1);
    await other.snapshot(1);
    live.gateway.reload(configFor(live.sandbox, {}, tokens(entry('other', 'wireless:read'))));
    live.sandbox.updateSession(sim, 0, { packets_uploaded: 99_999 });
    await live.poll();
    expect(await failureOf(stream)).toEqual(['UNAUTHENTICATED']);
    expect((await other.next()).kind).toBe('UPDATED');
  });

  it('end the subscription with UNAUTHENTICATED when its JWT expires', async () => {
    issuer = await startIssuer();
    const env = {
      GATEWAY_AUTH: 'jwt',
      JWT_JWKS_URL: issuer.jwksUrl,
      JWT_ISSUER: issuer.issuer,
      JWT_AUDIENCE: issuer.audience,
    };
    live = await startLiveGateway({ env });
    const token = await issuer.sign({ scope: 'wireless:read', expiresIn: 60 });
    const stream = await live.subscribe(simOf(1), { headers: bearer(token) });
    await stream.snapshot(1);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 100_000 });
    live.clock.skip(30_000);
    expect(await failureOf(stream)).toEqual(['UNAUTHENTICATED']);
  });
});
