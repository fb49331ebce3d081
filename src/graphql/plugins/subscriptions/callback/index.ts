import type { ExecutionResult, GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import type { CallbackHost } from '../../../../config/callback-hosts.js';
import type { HttpContext } from '../../../../http/context.js';
import type { Clock } from '../../../../util/clock.js';
import { deliver } from './delivery.js';
import { type CallbackRequest, readCallbackRequest } from './request.js';
import { type CallbackMessage, type CallbackRejection, RouterClient } from './router-client.js';

export interface CallbacksParts {
  /** The routers that may be called. */
  readonly hosts: readonly CallbackHost[];
  readonly clock: Pick<Clock, 'after'>;
  readonly log: Pick<Logger, 'warn'>;
}

/**
 * The subscriptions whose events are sent to a router, by Apollo's HTTP callback protocol:
 * https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/callback-protocol
 */
export class Callbacks {
  readonly #parts: CallbacksParts;
  readonly #client: RouterClient;
  readonly #running = new Set<Promise<void>>();

  constructor(parts: CallbacksParts) {
    this.#parts = parts;
    this.#client = new RouterClient(parts.clock);
  }

  /**
   * Reads what a router asks for.
   *
   * @param method - of the HTTP request
   * @param extensions - of the GraphQL request
   * @throws {GraphQLError} BAD_USER_INPUT
   */
  read(method: string, extensions: unknown): CallbackRequest {
    return readCallbackRequest(method, extensions, this.#parts.hosts);
  }

  /** @returns whether the router confirms that the subscription is its own */
  async confirm(request: CallbackRequest, context: HttpContext): Promise<boolean> {
    const rejection = await this.#client.send(request, { action: 'check' });
    if (rejection !== null) this.#logRejection(request, context, 'check', rejection);
    return rejection === null;
  }

  /**
   * Sends events once the response to the router's request has been sent. If the router has disconnected before, it does not
   * know that the subscription has begun, which is ended then.
   */
  begin(
    request: CallbackRequest,
    events: AsyncIterable<ExecutionResult>,
    context: HttpContext,
    maskError: (error: unknown) => GraphQLError,
  ): void {
    const { res } = context;
    const start = () => {
      if (!res.writableFinished) {
        void events[Symbol.asyncIterator]().return?.();
        return;
      }
      const delivery = deliver(events, {
        request,
        client: this.#client,
        clock: this.#parts.clock,
        maskError,
        onRejected: (action, rejection) => {
          if (!rejection.isEnd) this.#logRejection(request, context, action, rejection);
        },
      }).finally(() => this.#running.delete(delivery));
      this.#running.add(delivery);
    };
    // A closed response emits no further `close` event.
    if (res.closed) start();
    else res.once('close', start);
  }

  /** Resolves when all subscriptions have ended and their routers know. Does not end them. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Aborts messages in flight. No further ones can be sent. */
  close(): Promise<void> {
    return this.#client.close();
  }

  #logRejection(
    { url }: CallbackRequest,
    { requestId }: HttpContext,
    action: CallbackMessage['action'],
    { reason }: CallbackRejection,
  ): void {
    this.#parts.log.warn({ requestId, router: url.host, action, reason }, 'callback rejected');
  }
}
