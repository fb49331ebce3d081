import type { ExecutionResult } from 'graphql';
import { type FetchAPI, isAsyncIterable, type Plugin, type YogaInitialContext } from 'graphql-yoga';
import type { Authenticate } from '../../../guards/authentication/authenticate.js';
import type { HttpContext } from '../../../http/context.js';
import { CALLBACK_TYPE } from '../../../http/response-types.js';
import type { LiveAccounts } from '../../../live/live-accounts.js';
import type { GatewayContext } from '../../context.js';
import { estimateMaxPrice } from '../../cost/estimate.js';
import { admissionOf } from '../../cost/price.js';
import type { SharedPolicies } from '../../policies.js';
import { costLimitExceeded } from '../cost-limit.js';
import type { Callbacks } from './callback/index.js';
import { PROTOCOL, PROTOCOL_HEADER } from './callback/router-client.js';
import { eventResponse } from './event-response.js';
import { notAcceptable, notConfirmed, notOffered } from './rejections.js';
import { SubscriberEvents } from './subscriber-events.js';

/** What subscriptions need beside the policies of every operation. */
export interface SubscriptionParts {
  readonly accounts: LiveAccounts;
  readonly authenticate: Authenticate;
  /** `null`: no router may be called. */
  readonly callbacks: Callbacks | null;
  /** Called when a subscription has begun: it is not in flight any more, as other operations are. */
  readonly onBegin: (context: HttpContext) => void;
}

type SubscriptionContext = GatewayContext & HttpContext & YogaInitialContext;

/** Creates the response to a subscription that has begun. */
type Respond = (events: AsyncIterable<ExecutionResult>, fetchApi: FetchAPI) => Response;

/**
 * Serves subscriptions: as Server-Sent Events, in multipart/mixed by Apollo's protocol, or by HTTP callbacks to a router. The
 * rules of every operation hold for each event: authentication, scopes, the time limit, and the limit of upstream requests.
 */
export function useSubscriptions(
  { accounts, authenticate, callbacks, onBegin }: SubscriptionParts,
  { contextFor, maxUpstreamRequests, maskError }: SharedPolicies,
): Plugin<GatewayContext & HttpContext, HttpContext> {
  const responses = new WeakMap<HttpContext, Respond>();
  return {
    onSubscribe({ args, subscribeFn, setSubscribeFn, setResultAndStopExecution, extendContext }) {
      const context: SubscriptionContext = args.contextValue;
      const { eventsType } = context;
      if (eventsType == null) {
        setResultAndStopExecution({ errors: [notAcceptable()] });
        return;
      }
      if (eventsType === CALLBACK_TYPE) {
        if (callbacks === null) throw notOffered();
        const request = callbacks.read(context.request.method, context.params.extensions);
        setSubscribeFn(async (given) =>
          unlessRejected(await subscribeFn(given), () => callbacks.confirm(request, context)),
        );
        responses.set(context, (events, fetchApi) => {
          callbacks.begin(request, events, context, maskError);
          return acceptedResponse(fetchApi);
        });
      } else {
        responses.set(context, (events, fetchApi) => eventResponse(events, eventsType, fetchApi));
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
      const respond = responses.get(serverContext);
      if (respond === undefined || !isAsyncIterable(result)) return;
      setResultProcessor(
        (events, fetchApi) => respond(events as AsyncIterable<ExecutionResult>, fetchApi),
        'application/json',
      );
    },
  };
}

/**
 * Asks the router for its confirmation, once the subscription has begun: one that is not valid, or exceeds a limit, causes no
 * message.
 *
 * @param confirm - returns whether the router confirms that the subscription is its own
 */
async function unlessRejected(result: unknown, confirm: () => Promise<boolean>): Promise<unknown> {
  if (!isAsyncIterable(result) || (await confirm())) return result;
  await result[Symbol.asyncIterator]().return?.();
  return { errors: [notConfirmed()] };
}

/** The response to the request of a router that gets the events by callbacks. */
function acceptedResponse({ Response }: FetchAPI): Response {
  const headers = { 'content-type': 'application/json; charset=utf-8', [PROTOCOL_HEADER]: PROTOCOL };
  return new Response('{"data":null}', { status: 200, headers });
}
