import type { GraphQLError } from 'graphql';
import { httpError } from '../../../http/http-error.js';
import { PROTOCOL, PROTOCOL_HEADER } from './callback/router-client.js';

const ACCEPTABLE =
  'Expected text/event-stream, or multipart/mixed;subscriptionSpec=1.0, among the types of the Accept header of a subscription';

/** The client accepts no type of events. */
export function notAcceptable(): GraphQLError {
  return rejection(406, `${ACCEPTABLE}.`);
}

/** A router asks for callbacks, and none may be called. */
export function notOffered(): GraphQLError {
  return rejection(
    406,
    `${ACCEPTABLE}: HTTP callbacks are not offered, because LIVE_CALLBACK_HOSTS names no router.`,
  );
}

/** A router has not accepted the first message. By the protocol, the status of the response is 400 or above. */
export function notConfirmed(): GraphQLError {
  return rejection(
    400,
    'Expected the router to confirm the subscription at its callback URL: to respond to `check` with status 204 and the header ' +
      `\`${PROTOCOL_HEADER}: ${PROTOCOL}\`.`,
  );
}

function rejection(status: number, message: string): GraphQLError {
  return httpError({ status, code: 'BAD_USER_INPUT', message });
}
