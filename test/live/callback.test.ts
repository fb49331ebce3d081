import { afterEach, describe, expect, it } from 'vitest';
import {
  type CallbackGateway,
  MESSAGE_TIMEOUT_MS,
  simWith,
  startCallbackGateway,
  watching,
} from './callbacks.js';
import type { RouterResponse } from './router.js';

let live: CallbackGateway;
afterEach(() => live.close());

const PROTOCOL = 'callback/1.0';

describe('the request for a subscription by HTTP callbacks', () => {
  it('is answered without data once the router has confirmed it', async () => {
    live = await startCallbackGateway();
    const release = live.router.hold('check');
    let isAnswered = false;
    const subscription = live.router.subscription();
    const answer = live.request(simWith(live, 3), subscription).finally(() => {
      isAnswered = true;
    });
    const { subscriptionId: id, verifier } = subscription;
    expect(await live.router.next()).toEqual({ kind: 'subscription', action: 'check', id, verifier });
    expect(isAnswered).toBe(false);
    release();
    expect(await answer).toEqual({ status: 200, protocol: PROTOCOL, body: { data: null } });
  });

  it.each<[how: string, response: RouterResponse]>([
    ['does not know it', { status: 404, headers: { 'subscription-protocol': PROTOCOL } }],
    [
      'responds with another status of success',
      { status: 200, headers: { 'subscription-protocol': PROTOCOL } },
    ],
    ['does not name the protocol', { status: 204 }],
    ['names another protocol', { status: 204, headers: { 'subscription-protocol': 'callbacks/1.0' } }],
    ['fails', { status: 500 }],
  ])('is rejected with a status of 400 if the router %s', async (_how, response) => {
    live = await startCallbackGateway();
    live.router.respond('check', response);
    expect(await live.request(simWith(live, 3), live.router.subscription())).toMatchObject({
      status: 400,
      protocol: null,
      body: {
        errors: [
          {
            message: expect.stringMatching(/^Expected the router to confirm the subscription/),
            extensions: { code: 'BAD_USER_INPUT' },
          },
        ],
      },
    });
    expect(await live.metric('gateway_live_subscribers')).toBe(0);
    expect(live.router.received).toHaveLength(1);
  });

  it('is rejected if the verifier is not that of the router', async () => {
    live = await startCallbackGateway();
    const subscription = { ...live.router.subscription(), verifier: 'another' };
    expect((await live.request(simWith(live, 3), subscription)).status).toBe(400);
    expect(await live.logged('callback rejected')).toMatchObject({ action: 'check', reason: 401 });
  });

  it('is rejected if the router redirects, which is not followed', async () => {
    live = await startCallbackGateway();
    const target = live.router.subscription();
    live.router.respond('check', { status: 307, headers: { location: target.callbackUrl } });
    expect((await live.request(simWith(live, 3), live.router.subscription())).status).toBe(400);
    expect(live.router.received).toHaveLength(1);
  });

  it('is rejected if the router does not respond in time', async () => {
    live = await startCallbackGateway();
    live.router.hold('check');
    const answer = live.request(simWith(live, 3), live.router.subscription());
    await live.router.next();
    live.clock.skip(MESSAGE_TIMEOUT_MS);
    expect((await answer).status).toBe(400);
    expect(await live.logged('callback rejected')).toMatchObject({ reason: 'timeout' });
  });

  it('is rejected if the router cannot be reached', async () => {
    live = await startCallbackGateway({ env: { LIVE_CALLBACK_HOSTS: '127.0.0.1:1' } });
    const subscription = { ...live.router.subscription(), callbackUrl: 'http://127.0.0.1:1/callback' };
    expect((await live.request(simWith(live, 3), subscription)).status).toBe(400);
    expect(await live.logged('callback rejected')).toMatchObject({ reason: 'ECONNREFUSED' });
  });

  it('ends the subscription if the router disconnects before the response', async () => {
    live = await startCallbackGateway();
    const release = live.router.hold('check');
    const abort = new AbortController();
    const sim = simWith(live, 3);
    const answer = live.request(sim, live.router.subscription(), { signal: abort.signal }).catch(String);
    await live.router.next();
    abort.abort();
    await answer;
    release();
    expect(await live.logged('subscription')).toMatchObject({ codes: ['CANCELLED'], events: 0 });
    expect(await live.metric('gateway_live_subscribers')).toBe(0);
    expect(live.router.received).toHaveLength(1);
  });
});

describe('a subscription by HTTP callbacks', () => {
  it('sends each event in a message with the ID and the verifier of the router', async () => {
    live = await startCallbackGateway();
    const sim = simWith(live, 3);
    const { subscriptionId: id, verifier } = await live.begin(sim);
    const [third, second, first] = live.sandbox.sessions(sim).map(({ sid }) => sid);
    for (const sid of [first, second, third]) {
      expect(await live.message()).toEqual({
        kind: 'subscription',
        action: 'next',
        id,
        verifier,
        payload: {
          data: { dataSessionEvents: expect.objectContaining({ kind: 'SNAPSHOT', edge: expect.anything() }) },
          extensions: { upstream: expect.anything() },
        },
      });
      expect(live.router.received.at(-1)?.payload).toMatchObject({
        data: { dataSessionEvents: { edge: { node: { sid } } } },
      });
    }
    const [started] = live.sandbox.insertAtHead(sim, 1);
    await live.poll();
    expect(await live.event()).toMatchObject({ kind: 'STARTED', edge: { node: { sid: started?.sid } } });
  });

  it('is no operation in flight, and counts as a subscriber', async () => {
    live = await startCallbackGateway({ env: { MAX_IN_FLIGHT: '1' } });
    await live.begin(simWith(live, 3));
    await live.snapshot(3);
    await live.begin(simWith(live, 3));
    await live.snapshot(3);
    expect(await live.metric('gateway_operations_in_flight')).toBe(0);
    expect(await live.metric('gateway_live_subscribers')).toBe(2);
  });

  it('sends a router that responds slowly the latest state alone', async () => {
    live = await startCallbackGateway({ env: { LIVE_POLL_MS: '1000' } });
    const sim = simWith(live, 10);
    await live.begin(sim);
    await live.snapshot(10);
    const poll = async () => {
      const { length } = live.sandbox.requests;
      await live.clock.armed(400, 900);
      live.clock.skip(450);
      await live.sandbox.requestEnded(length + 1);
      await live.clock.armed(400, 900);
    };
    const update = (packets: number) => live.sandbox.updateSession(sim, 0, { packets_uploaded: packets });
    const packetsOf = async () => (await live.event()).edge?.node.packetsUploaded;
    // The first poll is due after a whole interval.
    update(1);
    await live.quiet();
    const release = live.router.hold('next');
    live.clock.skip(900);
    expect(await packetsOf()).toBe(1);
    for (const packets of [2, 3, 4]) {
      update(packets);
      await poll();
    }
    expect(live.router.received).toHaveLength(1 + 10 + 1);
    release();
    expect(await packetsOf()).toBe(4);
  });

  it('is complete after 30 minutes', async () => {
    live = await startCallbackGateway();
    const { subscriptionId: id, verifier } = await live.begin(simWith(live, 3));
    await live.snapshot(3);
    await live.quiet();
    live.clock.skip(30 * 60_000);
    let message = await live.message();
    while (message.action === 'next') message = await live.message();
    expect(message).toEqual({ kind: 'subscription', action: 'complete', id, verifier });
    expect(await live.logged('subscription')).toMatchObject({
      operation: 'Watch',
      transport: 'application/json;callbackSpec=1.0',
      codes: [],
    });
  });

  it('ends when the router responds to an event with 404', async () => {
    live = await startCallbackGateway();
    const sim = simWith(live, 3);
    const subscription = await live.begin(sim);
    await live.snapshot(3);
    live.router.end(subscription);
    live.sandbox.insertAtHead(sim, 2);
    await live.poll();
    expect(await live.logged('subscription')).toMatchObject({ codes: ['CANCELLED'] });
    expect(await live.metric('gateway_live_subscribers')).toBe(0);
    expect(await live.metric('gateway_live_pollers')).toBe(0);
    expect(live.router.received.filter(({ action }) => action !== 'check')).toHaveLength(3 + 1);
    expect(live.log.join()).not.toContain('callback rejected');
  });

  it('ends when the router rejects an event, and logs why without the secrets of the router', async () => {
    live = await startCallbackGateway();
    live.router.respond('next', { status: 503 });
    const { subscriptionId, verifier } = await live.begin(simWith(live, 3));
    expect(await live.logged('callback rejected')).toMatchObject({
      router: live.router.host,
      action: 'next',
      reason: 503,
    });
    await live.logged('subscription');
    expect(await live.metric('gateway_live_subscribers')).toBe(0);
    expect(live.router.received).toHaveLength(2);
    for (const secret of [subscriptionId, verifier]) expect(live.log.join()).not.toContain(secret);
  });

  it('ends when the router does not respond to an event in time', async () => {
    live = await startCallbackGateway();
    live.router.hold('next');
    await live.begin(simWith(live, 3));
    await live.message();
    live.clock.skip(MESSAGE_TIMEOUT_MS);
    expect(await live.logged('callback rejected')).toMatchObject({ action: 'next', reason: 'timeout' });
    await live.logged('subscription');
    expect(await live.metric('gateway_live_subscribers')).toBe(0);
  });

  it('sends every field that the router selects, and no other', async () => {
    live = await startCallbackGateway();
    const query = watching('__typename kind');
    await live.begin(simWith(live, 1), live.router.subscription(), { query });
    expect((await live.message()).payload?.data).toEqual({
      dataSessionEvents: { __typename: 'DataSessionEvent', kind: 'SNAPSHOT' },
    });
  });
});

describe('the heartbeats of a subscription by HTTP callbacks', () => {
  const PERIOD_MS = 60_000;

  it('are messages `check` within each period of the router', async () => {
    live = await startCallbackGateway();
    const { subscriptionId: id, verifier } = await live.begin(
      simWith(live, 3),
      live.router.subscription(PERIOD_MS),
    );
    await live.snapshot(3);
    for (let beat = 1; beat <= 3; beat += 1) {
      await live.quiet();
      live.clock.skip(PERIOD_MS * 0.9);
      let message = await live.router.next();
      while (message.action === 'next') message = await live.router.next();
      expect(message).toEqual({ kind: 'subscription', action: 'check', id, verifier });
    }
    expect(await live.metric('gateway_live_subscribers')).toBe(1);
  });

  it('do not wait for the response to an event', async () => {
    live = await startCallbackGateway();
    const release = live.router.hold('next');
    await live.begin(simWith(live, 3), live.router.subscription(2000));
    await live.message();
    live.clock.skip(1800);
    expect((await live.router.next()).action).toBe('check');
    release();
    await live.snapshot(2);
  });

  it('end the subscription when the router responds with 404', async () => {
    live = await startCallbackGateway();
    const subscription = await live.begin(simWith(live, 3), live.router.subscription(20_000));
    await live.snapshot(3);
    await live.quiet();
    live.router.end(subscription);
    live.clock.skip(18_000);
    expect(await live.logged('subscription')).toMatchObject({ codes: ['CANCELLED'] });
    expect(await live.metric('gateway_live_subscribers')).toBe(0);
    expect(live.router.received.map(({ action }) => action)).toEqual([
      'check',
      ...Array(3).fill('next'),
      'check',
    ]);
  });

  it('are not sent if the router has switched them off', async () => {
    live = await startCallbackGateway();
    await live.begin(simWith(live, 3), live.router.subscription(0));
    await live.snapshot(3);
    await live.quiet();
    live.clock.skip(30 * 60_000);
    let message = await live.router.next();
    while (message.action === 'next') message = await live.router.next();
    expect(message.action).toBe('complete');
  });

  it('end with the subscription', async () => {
    live = await startCallbackGateway();
    await live.begin(simWith(live, 3), live.router.subscription(1000));
    await live.snapshot(3);
    const closed = live.gateway.close();
    expect((await live.message()).action).toBe('complete');
    await closed;
    await live.clock.disarmed(0, 1000);
  });
});
