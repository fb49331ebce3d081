import { type ExecutionResult, GraphQLError } from 'graphql';
import { expect, it } from 'vitest';
import { deliver } from '../../src/graphql/plugins/subscriptions/callback/delivery.js';
import { RouterClient } from '../../src/graphql/plugins/subscriptions/callback/router-client.js';
import { systemClock } from '../../src/util/clock.js';
import { startRouter } from './router.js';

it('the delivery of events that break off completes the subscription with a masked error', async () => {
  const router = await startRouter();
  const { callbackUrl, subscriptionId: id, verifier } = router.subscription();
  const client = new RouterClient(systemClock);
  async function* events(): AsyncGenerator<ExecutionResult> {
    yield { data: { number: 1 } };
    throw new Error('a secret');
  }
  await deliver(events(), {
    request: { url: new URL(callbackUrl), id, verifier, heartbeatMs: 0 },
    client,
    clock: systemClock,
    maskError: () => new GraphQLError('Unexpected error.'),
    onRejected: (...rejection) => expect.fail(String(rejection)),
  });
  expect(router.received.map(({ action, payload, errors }) => [action, payload ?? errors])).toEqual([
    ['next', { data: { number: 1 } }],
    ['complete', [{ message: 'Unexpected error.' }]],
  ]);
  await client.close();
  await router.close();
});
