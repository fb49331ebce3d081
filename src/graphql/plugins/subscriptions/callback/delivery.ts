import type { ExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';
import type { Clock } from '../../../../util/clock.js';
import { publicResult } from '../public-result.js';
import type { CallbackRequest } from './request.js';
import type { CallbackMessage, CallbackRejection, RouterClient } from './router-client.js';

/**
 * Share of the router's period after which a heartbeat is sent. Some routers end a subscription without a heartbeat as soon as
 * the period is over, so that it must not be late by the time that it takes on the network.
 */
const HEARTBEAT_SHARE = 0.8;

export interface DeliveryParts {
  readonly request: CallbackRequest;
  readonly client: RouterClient;
  readonly clock: Pick<Clock, 'after'>;
  readonly maskError: (error: unknown) => GraphQLError;
  /** Called once at most, with the first message that the router has not accepted. */
  readonly onRejected: (action: CallbackMessage['action'], rejection: CallbackRejection) => void;
}

/**
 * Sends the events of a subscription to its router, each when the router has accepted the one before it: a slow router gets
 * the latest state. The first message that it does not accept ends the subscription.
 *
 * @returns resolves when the subscription has ended and the router knows; never rejects
 */
export async function deliver(events: AsyncIterable<ExecutionResult>, parts: DeliveryParts): Promise<void> {
  const { request, client, maskError, onRejected } = parts;
  const iterator = events[Symbol.asyncIterator]();
  let isOver = false;
  const send = async (message: CallbackMessage) => {
    const rejection = await client.send(request, message);
    if (rejection === null || isOver) return;
    isOver = true;
    onRejected(message.action, rejection);
    await iterator.return?.();
  };
  const stopHeartbeats = startHeartbeats(() => send({ action: 'check' }), parts);
  let errors: readonly GraphQLFormattedError[] | undefined;
  try {
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      const payload = publicResult(next.value);
      if (payload.data === undefined) {
        // No event: the subscription has failed.
        errors = payload.errors;
        await iterator.return?.();
        break;
      }
      await send({ action: 'next', payload });
    }
  } catch (error) {
    ({ errors } = publicResult({ errors: [maskError(error)] }));
  }
  stopHeartbeats();
  if (!isOver) await send({ action: 'complete', ...(errors !== undefined && { errors }) });
  // A heartbeat can still be in flight.
  isOver = true;
}

/** @returns function that ends the heartbeats */
function startHeartbeats(
  check: () => Promise<void>,
  { clock, request: { heartbeatMs } }: Pick<DeliveryParts, 'clock' | 'request'>,
): () => void {
  if (heartbeatMs === 0) return () => undefined;
  let isChecking = false;
  const beat = () => {
    cancel = clock.after(heartbeatMs * HEARTBEAT_SHARE, beat);
    if (isChecking) return;
    isChecking = true;
    void check().then(() => {
      isChecking = false;
    });
  };
  let cancel = clock.after(heartbeatMs * HEARTBEAT_SHARE, beat);
  return () => cancel();
}
