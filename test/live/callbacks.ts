import { type LiveGateway, type LiveOptions, startLiveGateway, type TestEvent } from './gateway.js';
import { type ReceivedMessage, type RouterSubscription, startRouter, type TestRouter } from './router.js';

/** The response to a request for callbacks. */
interface CallbackAnswer {
  readonly status: number;
  readonly protocol: string | null;
  readonly body: {
    readonly data?: null;
    readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
  };
}

interface RequestOptions {
  readonly headers?: Record<string, string>;
  readonly query?: string;
  readonly signal?: AbortSignal;
}

/** A gateway with a router that it may call. */
export interface CallbackGateway extends LiveGateway {
  readonly router: TestRouter;
  /** Subscribes to the sessions of a SIM. @param subscription - `extensions.subscription`, valid or not */
  request(sim: string, subscription: unknown, options?: RequestOptions): Promise<CallbackAnswer>;
  /** Subscribes, and expects the router's confirmation. */
  begin(
    sim: string,
    subscription?: RouterSubscription,
    options?: RequestOptions,
  ): Promise<RouterSubscription>;
  /** Resolves with the next message other than `check`. */
  message(): Promise<ReceivedMessage>;
  /** Resolves with the event of the next message other than `check`, heartbeats included. */
  event(): Promise<TestEvent>;
  /** Resolves when no message is in flight, so that the test can advance the time beyond its limit. */
  quiet(): Promise<void>;
  /** Receives the events of the snapshot. */
  snapshot(size: number): Promise<readonly TestEvent[]>;
}

/** How long a message may take, in milliseconds. */
export const MESSAGE_TIMEOUT_MS = 5000;

/** When the next poll is due while a session is open: it has changed, or it has not. No other timer is due by then. */
const POLL_DUE_MS = [4000, 9000] as const;

const SELECTION = 'kind asOf cursor snapshotReason edge { cursor node { sid end packetsUploaded } }';

/** The request of Apollo Router: it names the type of callbacks after those of all operations. */
export const ACCEPT =
  'application/json, application/graphql-response+json, application/json;callbackSpec=1.0';

export async function startCallbackGateway({ env, ...options }: LiveOptions = {}): Promise<CallbackGateway> {
  const router = await startRouter();
  const live = await startLiveGateway({ ...options, env: { LIVE_CALLBACK_HOSTS: router.host, ...env } });

  async function request(
    sim: string,
    subscription: unknown,
    { headers = {}, query = watching(SELECTION), signal }: RequestOptions = {},
  ): Promise<CallbackAnswer> {
    const response = await fetch(`${live.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: ACCEPT, ...headers },
      body: JSON.stringify({ query, variables: { sim }, extensions: { subscription } }),
      signal: signal ?? null,
    });
    const body = (await response.json()) as CallbackAnswer['body'];
    return { status: response.status, protocol: response.headers.get('subscription-protocol'), body };
  }
  async function message(): Promise<ReceivedMessage> {
    for (;;) {
      const received = await router.next();
      if (received.action !== 'check') return received;
    }
  }
  async function event(): Promise<TestEvent> {
    const { payload, ...rest } = await message();
    if (payload?.data == null) throw new Error(`expected an event: ${JSON.stringify({ ...rest, payload })}`);
    return payload.data.dataSessionEvents as unknown as TestEvent;
  }
  return {
    ...live,
    router,
    request,
    async begin(sim, subscription = router.subscription(), options = {}) {
      const { status, body } = await request(sim, subscription, options);
      if (status !== 200 || body.data !== null) throw new Error(`${status} ${JSON.stringify(body)}`);
      return subscription;
    },
    message,
    event,
    quiet: () => live.clock.none(MESSAGE_TIMEOUT_MS),
    async poll() {
      await live.clock.none(MESSAGE_TIMEOUT_MS);
      const further = live.sandbox.requests.length + 1;
      await live.clock.armed(...POLL_DUE_MS);
      // Once: the next messages could be in flight already.
      live.clock.skip(POLL_DUE_MS[1]);
      await live.sandbox.requestEnded(further);
    },
    async snapshot(size) {
      const events = [await event()];
      while (events.length < size) events.push(await event());
      return events;
    },
    async close() {
      await live.close();
      await router.close();
    },
  };
}

/** A subscription to the sessions of a SIM. @param selection - fields of the event */
export function watching(selection: string): string {
  return `subscription Watch($sim: ID!) { dataSessionEvents(simSid: $sim) { ${selection} } }`;
}

/** A SIM with this many sessions, the newest of which is open. */
export function simWith({ sandbox }: LiveGateway, count: number): string {
  const sid = String(sandbox.addSim().sid);
  sandbox.insertAtHead(sid, count);
  sandbox.updateSession(sid, 0, { end: null });
  return sid;
}
