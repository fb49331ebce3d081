import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EventResult } from '../support/event-stream.js';

/** A message that the router has received. */
export interface ReceivedMessage {
  readonly action: 'check' | 'next' | 'complete';
  readonly id: string;
  readonly verifier: string;
  readonly kind: string;
  readonly payload?: EventResult;
  readonly errors?: EventResult['errors'];
}

/** How the router responds to a message, in place of what the protocol says. */
export interface RouterResponse {
  readonly status: number;
  readonly headers?: Record<string, string>;
}

/** A subscription of the router, as it is in the extensions of a request. */
export interface RouterSubscription {
  readonly callbackUrl: string;
  readonly subscriptionId: string;
  readonly verifier: string;
  readonly heartbeatIntervalMs: number;
}

/** A receiver of callbacks that behaves like Apollo Router. */
export interface TestRouter {
  readonly url: string;
  /** `host:port`, as in `LIVE_CALLBACK_HOSTS`. */
  readonly host: string;
  /** Number of connections that were opened. */
  readonly connections: number;
  /** All messages, whatever the response. */
  readonly received: readonly ReceivedMessage[];
  /** A new subscription. @param heartbeatIntervalMs - 0 by default: no heartbeats are due when the test advances the time */
  subscription(heartbeatIntervalMs?: number): RouterSubscription;
  /** Ends a subscription: its messages are rejected with 404. */
  end(subscription: RouterSubscription): void;
  /** Resolves with the next message, each once. */
  next(): Promise<ReceivedMessage>;
  /** Responds to each further message with an action in another way; `null`: in the way of the protocol. */
  respond(action: ReceivedMessage['action'], response: RouterResponse | null): void;
  /** Holds the responses to messages with an action back. @returns function that sends them, and does so no longer */
  hold(action: ReceivedMessage['action']): () => void;
  close(): Promise<void>;
}

const PROTOCOL = { 'subscription-protocol': 'callback/1.0' };

/** Responses of the protocol to messages that are accepted. */
const ACCEPTED: Readonly<Record<ReceivedMessage['action'], RouterResponse>> = {
  check: { status: 204, headers: PROTOCOL },
  next: { status: 200 },
  complete: { status: 202 },
};

export async function startRouter(): Promise<TestRouter> {
  const received: ReceivedMessage[] = [];
  const waiting: ((message: ReceivedMessage) => void)[] = [];
  const active = new Map<string, string>();
  const responses = new Map<string, RouterResponse>();
  const held = new Map<string, (() => void)[]>();
  let connections = 0;
  let created = 0;
  let told = 0;

  const server = createServer(async (req, res) => {
    const message = await readMessage(req);
    const respond = () => write(res, responseTo(req, message));
    received.push(message);
    held.get(message.action)?.push(respond) ?? respond();
    if (waiting.length > 0) tell();
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  function tell(): void {
    const message = received[told];
    if (message === undefined) return;
    told += 1;
    waiting.shift()?.(message);
  }

  function responseTo({ method, url, headers }: IncomingMessage, message: ReceivedMessage): RouterResponse {
    const { kind, action, id, verifier } = message;
    const isOfProtocol =
      method === 'POST' &&
      headers['content-type'] === 'application/json' &&
      headers['subscription-protocol'] === 'callback/1.0' &&
      kind === 'subscription' &&
      action in ACCEPTED &&
      url === `/callback/${id}`;
    if (!isOfProtocol) return { status: 400 };
    const expected = active.get(id);
    if (expected === undefined) return { status: 404, headers: PROTOCOL };
    if (verifier !== expected) return { status: 401 };
    if (action === 'complete') active.delete(id);
    return responses.get(action) ?? ACCEPTED[action];
  }

  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    get connections() {
      return connections;
    },
    received,
    subscription(heartbeatIntervalMs = 0) {
      created += 1;
      const subscriptionId = `subscription-${created}`;
      const verifier = `verifier "${created}"\u2028`;
      active.set(subscriptionId, verifier);
      const callbackUrl = `http://127.0.0.1:${port}/callback/${subscriptionId}`;
      return { callbackUrl, subscriptionId, verifier, heartbeatIntervalMs };
    },
    end: ({ subscriptionId }) => void active.delete(subscriptionId),
    next: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        tell();
      }),
    respond(action, response) {
      if (response === null) responses.delete(action);
      else responses.set(action, response);
    },
    hold(action) {
      held.set(action, []);
      return () => {
        const all = held.get(action) ?? [];
        held.delete(action);
        for (const respond of all) respond();
      };
    },
    close: () => closed(server),
  };
}

async function readMessage(req: IncomingMessage): Promise<ReceivedMessage> {
  let text = '';
  for await (const chunk of req.setEncoding('utf8')) text += chunk;
  return JSON.parse(text) as ReceivedMessage;
}

function write(res: ServerResponse, { status, headers = {} }: RouterResponse): void {
  res.writeHead(status, headers).end();
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
