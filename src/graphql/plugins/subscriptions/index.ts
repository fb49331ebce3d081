import type { ExecutionResult, GraphQLError } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { Authenticate } from '../../../guards/authentication/authenticate.js';
import type { HttpContext } from '../../../http/context.js';
import { httpError } from '../../../http/http-error.js';
import type { LiveAccounts } from '../../../live/live-accounts.js';
import type { GatewayContext } from '../../context.js';
import { estimateMaxPrice } from '../../cost/estimate.js';
import { admissionOf } from '../../cost/price.js';
import type { SharedPolicies } from '../../policies.js';
import { costLimitExceeded } from '../cost-limit.js';
import { eventResponse } from './event-response.js';
import { SubscriberEvents } from './subscriber-events.js';

/** What subscriptions need beside the policies of every operation. */
export interface SubscriptionParts {
  readonly accounts: LiveAccounts;
  readonly authenticate: Authenticate;
  /** Called when a subscription has begun: it is not in flight any more, as other operations are. */
  readonly onBegin: (context: HttpContext) => void;
}

type SubscriptionContext = GatewayContext & HttpContext;

/**
 * Serves subscriptions: as Server-Sent Events, or in multipart/mixed by Apollo's protocol. The rules of every operation hold
 * for each event: authentication, scopes, the time limit, and the limit of upstream requests.
 */
export function useSubscriptions(
  { accounts, authenticate, onBegin }: SubscriptionParts,
  { contextFor, maxUpstreamRequests }: SharedPolicies,
): Plugin<SubscriptionContext, HttpContext> {
  return {
    onSubscribe({ args, setResultAndStopExecution, extendContext }) {
      const { contextValue: context } = args;
      if (context.eventsType == null) {
        setResultAndStopExecution({ errors: [notAcceptable()] });
        return;
      }
      const price = estimateMaxPrice(args, context.viewer, context.wallNow());
      const { required, walkPages } = admissionOf(price, maxUpstreamRequests);
      if (required > maxUpstreamRequests) {
        setResultAndStopExecution({ errors: [costLimitExceeded(required, maxUpstreamRequests)] });
        return;
      }
      extendContext({
        events: new SubscriberEvents(context, {
          live: accounts.liveFor(context.viewer.account),
          authenticate,
          contextFor,
          walkPages,
        }),
      });
      return {
        onSubscribeResult({ result }) {
          if (isAsyncIterable(result)) onBegin(context);
        },
      };
    },
    onResultProcess({ result, serverContext, setResultProcessor }) {
      const { operationType, eventsType } = serverContext;
      if (operationType !== 'subscription' || eventsType == null || !isAsyncIterable(result)) return;
      setResultProcessor(
        (events, fetchApi) => eventResponse(events as AsyncIterable<ExecutionResult>, eventsType, fetchApi),
        eventsType,
      );
    },
  };
}

function notAcceptable(): GraphQLError {
  return httpError({
    status: 406,
    code: 'BAD_USER_INPUT',
    message:
      'Expected text/event-stream, or multipart/mixed;subscriptionSpec=1.0, among the types of the Accept header of a subscription.',
  });
}
