import type { Authenticate } from '../../../guards/authentication/authenticate.js';
import type { HttpContext } from '../../../http/context.js';
import type { LiveEvent } from '../../../live/event.js';
import type { LiveLists } from '../../../live/live-lists.js';
import type { ListDeclaration } from '../../../resources/define.js';
import { READ } from '../../../resources/scopes.js';
import type { GatewayContext } from '../../context.js';
import { ForbiddenAccountError, ForbiddenError } from '../../errors.js';
import type { SharedPolicies } from '../../policies.js';
import type { EventSource } from '../../schema/operation-context.js';

export interface SubscriberEventsParts {
  readonly live: LiveLists;
  readonly authenticate: Authenticate;
  readonly contextFor: SharedPolicies['contextFor'];
  /** Pages that each walk over a whole list may read for an event. */
  readonly walkPages: number;
}

/**
 * The events of one subscription, each in a context of its own: the caller is authenticated again, because a token can expire or
 * be revoked while the subscription goes on, and the event has a time limit, a cost and loaders like any other operation.
 */
export class SubscriberEvents implements EventSource {
  readonly #context: GatewayContext & HttpContext;
  readonly #parts: SubscriberEventsParts;

  /** @param context - of the subscription; it is changed for each event */
  constructor(context: GatewayContext & HttpContext, parts: SubscriberEventsParts) {
    this.#context = context;
    this.#parts = parts;
  }

  subscribe(list: ListDeclaration, parentSid: string, after: string | null): AsyncIterable<LiveEvent> {
    const events = this.#parts.live.subscribe(list, parentSid, after, () => this.#context.viewer);
    const begin = () => this.#beginEvent();
    return {
      [Symbol.asyncIterator]: () => ({
        async next() {
          const next = await events.next();
          if (next.done !== true) {
            try {
              await begin();
            } catch (error) {
              await events.return();
              throw error;
            }
          }
          return next;
        },
        return: () => events.return(),
      }),
    };
  }

  /** @throws {GraphQLError} UNAUTHENTICATED if the credentials are no longer valid */
  async #beginEvent(): Promise<void> {
    const { authenticate, contextFor, walkPages } = this.#parts;
    const {
      req,
      request,
      viewer: before,
      span,
    } = this.#context as GatewayContext & HttpContext & { request: Request };
    const viewer = await authenticate(req.headers.authorization);
    if (viewer.account !== before.account) throw new ForbiddenAccountError();
    if (!viewer.scopes.has(READ)) throw new ForbiddenError(READ, false);
    const fresh = contextFor(viewer, request.signal, span);
    fresh.loaders.limitWalks(walkPages);
    Object.assign(this.#context, fresh, { withheld: undefined });
  }
}
