import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PipelinePlugin } from '../../src/graphql/plugins/pipeline-plugin.js';
import { configFor } from '../support/gateway.js';
import { startIssuer } from '../support/issuer.js';
import { type CallbackGateway, simWith, startCallbackGateway } from './callbacks.js';

let live: CallbackGateway;
afterEach(() => live.close());

describe('a subscription by HTTP callbacks, when the gateway stops,', () => {
  /** Stops the gateway. @returns whether it has stopped */
  function stop(): { isStopped(): boolean; readonly stopped: Promise<void> } {
    let isStopped = false;
    const stopped = live.gateway.close().then(() => {
      isStopped = true;
    });
    return { isStopped: () => isStopped, stopped };
  }

  /** Resolves when the gateway accepts no connections any more. */
  async function noListener(): Promise<void> {
    const isServed = () =>
      fetch(live.url).then(
        () => true,
        () => false,
      );
    while (await isServed());
  }

  it('is complete, and the gateway waits until the router knows', async () => {
    live = await startCallbackGateway();
    const subscriptions = [await live.begin(simWith(live, 3)), await live.begin(simWith(live, 3))];
    await live.snapshot(6);
    await live.quiet();
    const release = live.router.hold('complete');
    const { isStopped, stopped } = stop();
    const ids = [(await live.message()).id, (await live.message()).id];
    expect(ids.sort()).toEqual(subscriptions.map(({ subscriptionId }) => subscriptionId));
    await noListener();
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(isStopped()).toBe(false);
    release();
    await stopped;
    const { action, errors } = live.router.received.at(-1) ?? {};
    expect([action, errors]).toEqual(['complete', undefined]);
    expect(live.log.join()).not.toContain('callback rejected');
  });

  it('is complete after the event that is in flight', async () => {
    live = await startCallbackGateway();
    const release = live.router.hold('next');
    await live.begin(simWith(live, 3));
    expect((await live.message()).action).toBe('next');
    const { stopped } = stop();
    await noListener();
    release();
    expect((await live.message()).action).toBe('complete');
    await stopped;
  });

  it('is not waited for after the grace period', async () => {
    live = await startCallbackGateway({ env: { SHUTDOWN_GRACE_MS: '100' } });
    await live.begin(simWith(live, 3));
    await live.snapshot(3);
    live.router.hold('complete');
    await stop().stopped;
    expect(await live.logged('callback rejected')).toMatchObject({ action: 'complete' });
  });
});

describe('a subscription by HTTP callbacks', () => {
  it('is complete when its account is removed', async () => {
    live = await startCallbackGateway();
    await live.begin(simWith(live, 3));
    await live.snapshot(3);
    await live.quiet();
    live.gateway.reload({ ...configFor(live.sandbox, {}, {}), accounts: [] });
    const { action, errors } = await live.message();
    expect([action, errors]).toEqual(['complete', undefined]);
  });

  it('is complete with an error at the first event after the token has expired', async () => {
    const issuer = await startIssuer();
    const { jwksUrl, issuer: JWT_ISSUER, audience } = issuer;
    const env = { GATEWAY_AUTH: 'jwt', JWT_JWKS_URL: jwksUrl, JWT_ISSUER, JWT_AUDIENCE: audience };
    live = await startCallbackGateway({ env });
    const token = await issuer.sign({ scope: 'wireless:read', expiresIn: 600 });
    const sim = simWith(live, 3);
    const headers = { authorization: `Bearer ${token}` };
    await live.begin(sim, live.router.subscription(), { headers });
    await live.snapshot(3);
    live.sandbox.insertAtHead(sim, 1);
    await live.poll();
    expect([(await live.event()).kind, (await live.event()).kind]).toEqual(['STARTED', 'ENDED']);
    await live.quiet();
    await live.clock.armed(29_000, 30_000);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 700_000 });
    try {
      // The next event is a heartbeat.
      live.clock.skip(30_000);
      const message = await live.message();
      expect(message).toMatchObject({ action: 'complete' });
      expect(message.errors).toEqual([
        { message: 'Invalid or expired bearer token.', extensions: { code: 'UNAUTHENTICATED' } },
      ]);
    } finally {
      vi.useRealTimers();
      await issuer.close();
    }
    expect(await live.logged('subscription')).toMatchObject({ codes: ['UNAUTHENTICATED'] });
    expect(await live.metric('gateway_live_subscribers')).toBe(0);
  });

  it('is complete with an error without the response of the upstream if that fails', async () => {
    live = await startCallbackGateway();
    live.sandbox.faults.add({ kind: 'status', status: 403 });
    await live.begin(simWith(live, 3));
    const { action, errors } = await live.message();
    expect([action, errors]).toEqual([
      'complete',
      [
        {
          message: expect.any(String),
          locations: expect.anything(),
          extensions: { code: 'UPSTREAM_UNAUTHORIZED', upstream: expect.anything() },
        },
      ],
    ]);
  });

  it('is complete with a masked error after an error that nobody expects', async () => {
    live = await startCallbackGateway({ plugins: [failing(new Error('a secret'))] });
    await live.begin(simWith(live, 3));
    const { action, errors } = await live.message();
    expect([action, errors]).toEqual([
      'complete',
      [{ message: 'Unexpected error.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    ]);
    expect(live.log.join()).not.toContain('a secret');
    expect(await live.metric('gateway_live_subscribers')).toBe(0);
  });

  it('sends the errors of an event with its data', async () => {
    live = await startCallbackGateway();
    const sim = simWith(live, 1);
    live.sandbox.updateSession(sim, 0, { packets_uploaded: 'many' as never });
    await live.begin(sim);
    const { action, payload } = await live.message();
    expect([action, payload?.errors]).toEqual([
      'next',
      [expect.objectContaining({ extensions: expect.objectContaining({ code: 'UPSTREAM_BAD_RESPONSE' }) })],
    ]);
    expect(payload?.data).toMatchObject({
      dataSessionEvents: { edge: { node: { packetsUploaded: null } } },
    });
  });
});

/** A plugin that lets every subscription fail at its first event. */
function failing(error: Error): PipelinePlugin {
  const plugin: Plugin = {
    onSubscribe({ subscribeFn, setSubscribeFn }) {
      setSubscribeFn(async (args) => {
        const events: unknown = await subscribeFn(args);
        if (!isAsyncIterable(events)) return events;
        const iterator = events[Symbol.asyncIterator]();
        return {
          [Symbol.asyncIterator]: () => ({
            async next() {
              throw error;
            },
            return: () => iterator.return?.(),
          }),
        };
      });
    },
  };
  return { plugin, onFastPath: 'a subscription is not compiled' };
}
