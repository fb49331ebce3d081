import type { GraphQLFormattedError } from 'graphql';
import { Agent, type Dispatcher, request } from 'undici';
import type { Clock } from '../../../../util/clock.js';
import { errorCodeOf } from '../../../../util/error-code.js';
import type { PublicResult } from '../public-result.js';
import type { CallbackRequest } from './request.js';

/** Header of each message, and of each response to `check`. */
export const PROTOCOL_HEADER = 'subscription-protocol';
export const PROTOCOL = 'callback/1.0';

/** The protocol of a response, of any version: a router says which one it supports at most. */
const SUPPORTED = /^callback(?:\/|$)/;

/**
 * How long a message and its response may take, in milliseconds: a message in flight and the last one take no longer than
 * `SHUTDOWN_GRACE_MS` by default.
 */
const MESSAGE_TIMEOUT_MS = 5000;

/** Connections to one router. Messages beyond them wait, and their time limit goes on. */
const MAX_CONNECTIONS = 32;

/** A response body is not used. */
const MAX_BODY_BYTES = 64 * 1024;

/** A message of the protocol, without what all messages of a subscription have. */
export type CallbackMessage =
  | { readonly action: 'check' }
  | { readonly action: 'next'; readonly payload: PublicResult }
  | { readonly action: 'complete'; readonly errors?: readonly GraphQLFormattedError[] };

/** Why a router has not accepted a message. */
export interface CallbackRejection {
  /** Whether the router has ended the subscription. Everything else is a failure. */
  readonly isEnd: boolean;
  /** Status of its response, or code of the error. */
  readonly reason: number | string;
}

/**
 * Sends messages to routers. Routers are in the same network as the gateway, so neither the proxies nor the other settings of
 * upstream requests apply; authorities of certificates are those of Node (`NODE_EXTRA_CA_CERTS`). Redirects are not followed:
 * they could lead to a host that is not allowed. No message is sent twice: the protocol has no retries, and an event that
 * arrives twice would be one that happened twice.
 */
export class RouterClient {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #dispatcher: Dispatcher = new Agent({
    connections: MAX_CONNECTIONS,
    maxResponseSize: MAX_BODY_BYTES,
    connect: { timeout: MESSAGE_TIMEOUT_MS },
    // The timer of the message covers both.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock;
  }

  /** @returns `null` if the router has accepted the message; never rejects */
  async send(
    { url, id, verifier }: CallbackRequest,
    message: CallbackMessage,
  ): Promise<CallbackRejection | null> {
    const abort = new AbortController();
    const cancelTimer = this.#clock.after(MESSAGE_TIMEOUT_MS, () => abort.abort());
    try {
      const { statusCode, headers, body } = await request(url, {
        method: 'POST',
        dispatcher: this.#dispatcher,
        signal: abort.signal,
        headers: { 'content-type': 'application/json', [PROTOCOL_HEADER]: PROTOCOL },
        body: JSON.stringify({ kind: 'subscription', id, verifier, ...message }),
      });
      await body.dump();
      const isAccepted =
        message.action === 'check'
          ? statusCode === 204 && SUPPORTED.test(String(headers[PROTOCOL_HEADER]))
          : statusCode >= 200 && statusCode < 300;
      return isAccepted ? null : { isEnd: statusCode === 404, reason: statusCode };
    } catch (error) {
      const reason = abort.signal.aborted ? 'timeout' : (errorCodeOf(error) ?? 'failed');
      return { isEnd: false, reason };
    } finally {
      cancelTimer();
    }
  }

  /** Aborts messages in flight. */
  close(): Promise<void> {
    return this.#dispatcher.destroy();
  }
}
