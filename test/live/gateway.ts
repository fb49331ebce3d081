import { pino } from 'pino';
import { type Gateway, type GatewayOptions, startGateway } from '../../src/app.js';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.js';
import { SkippingClock } from '../faults/skipping-clock.js';
import { type EventResult, type EventStream, openEvents } from '../support/event-stream.js';
import { configFor } from '../support/gateway.js';

/** An event as the tests select it. */
export interface TestEvent {
  readonly kind: string;
  readonly asOf: string;
  readonly cursor: string;
  readonly snapshotReason: string | null;
  readonly edge: {
    readonly cursor: string;
    readonly node: {
      readonly sid: string | null;
      readonly end: string | null;
      readonly packetsUploaded: number | null;
    };
  } | null;
}

/** A subscription of a test. */
interface TestSubscription extends Omit<EventStream, 'next'> {
  /** Resolves with the next event, heartbeats included. Rejects with the errors of a result without one. */
  event(): Promise<TestEvent>;
  /** Resolves with the next event that is no heartbeat. */
  next(): Promise<TestEvent>;
  /** Resolves with the next result, whatever it is. */
  result(): Promise<EventResult | null>;
  /** Reads the events of the snapshot. @param size - their number; 50 by default */
  snapshot(size?: number): Promise<readonly TestEvent[]>;
}

interface SubscribeOptions {
  readonly after?: string | null;
  readonly headers?: Record<string, string>;
  /** Fields of the event. */
  readonly selection?: string;
}

/** A gateway whose time the test advances, so that polls and heartbeats are due when it says. */
export interface LiveGateway {
  readonly url: string;
  readonly sandbox: Sandbox;
  readonly clock: SkippingClock;
  readonly gateway: Gateway;
  /** The latest lines of the log. */
  readonly log: readonly string[];
  subscribe(simSid: string, options?: SubscribeOptions): Promise<TestSubscription>;
  /** Advances the time until the only poller polls, and waits until it has. */
  poll(): Promise<void>;
  /** Resolves with the first line of the log that has a message, once there is one. */
  logged(message: string): Promise<Readonly<Record<string, unknown>>>;
  /** Value of a metric of subscriptions: of all its series together. */
  metric(name: string): Promise<number>;
  close(): Promise<void>;
}

export interface LiveOptions {
  /** An existing sandbox, which `close` does not stop. */
  readonly sandbox?: Sandbox;
  readonly sandboxOptions?: SandboxOptions;
  readonly env?: Record<string, string>;
  readonly clock?: SkippingClock;
  readonly plugins?: GatewayOptions['plugins'];
}

const SELECTION = 'kind asOf cursor snapshotReason edge { cursor node { sid end packetsUploaded } }';

/** The interval of polls while a session is open. */
const INTERVAL_MS = 9000;

/** Resolves when the sandbox has answered a further request, or none has come for a moment. */
async function nextRequest(sandbox: Sandbox): Promise<void> {
  const further = sandbox.requests.length + 1;
  const none = new Promise((resolve) => setTimeout(resolve, 300));
  await Promise.race([sandbox.requestEnded(further), none]);
}

export async function startLiveGateway({
  sandbox: given,
  sandboxOptions = {},
  env = {},
  clock = new SkippingClock(),
  plugins = [],
}: LiveOptions = {}): Promise<LiveGateway> {
  const sandbox = given ?? (await startSandbox(sandboxOptions));
  const log: string[] = [];
  const readers = new Set<() => void>();
  const write = (line: string) => {
    log.push(line);
    for (const read of readers) read();
  };
  const logger = pino({ level: 'debug' }, { write });
  const gateway = await startGateway(
    // The metrics need no token there.
    configFor(sandbox, sandboxOptions, { ...env, INTERNAL_PORT: '1' }),
    logger,
    { clock, plugins },
  );
  const metric = async (name: string) => {
    const text = await (await fetch(`${gateway.internalUrl}/metrics`)).text();
    const values = [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))];
    return values.reduce((sum, [, value]) => sum + Number(value), 0);
  };
  return {
    url: gateway.url,
    sandbox,
    clock,
    gateway,
    log,
    subscribe: (simSid, options) => subscribe(gateway.url, simSid, options),
    async poll() {
      const before = await metric('gateway_live_polls_total');
      while ((await metric('gateway_live_polls_total')) === before) {
        // Has no effect while another poll is in flight, or the interval is longer: then again.
        clock.skip(INTERVAL_MS);
        await nextRequest(sandbox);
      }
    },
    logged: (message) =>
      new Promise((resolve) => {
        const read = () => {
          const found = log.map((line) => JSON.parse(line)).find(({ msg }) => msg === message);
          if (found === undefined) return;
          readers.delete(read);
          resolve(found);
        };
        readers.add(read);
        read();
      }),
    metric,
    async close() {
      await gateway.close();
      if (given === undefined) await sandbox.close();
    },
  };
}

/** Subscribes to the sessions of a SIM. */
async function subscribe(
  url: string,
  simSid: string,
  { after = null, headers = {}, selection = SELECTION }: SubscribeOptions = {},
): Promise<TestSubscription> {
  const query = `subscription Watch($sim: ID!, $after: String) { dataSessionEvents(simSid: $sim, after: $after) { ${selection} } }`;
  const stream = await openEvents(url, { query, variables: { sim: simSid, after } }, headers);
  const event = async () => {
    const result = await stream.next();
    const told = result?.data?.dataSessionEvents;
    if (told === undefined || result?.errors !== undefined) {
      throw new Error(JSON.stringify(result?.errors ?? 'completed'));
    }
    return told as TestEvent;
  };
  const next = async () => {
    for (;;) {
      const told = await event();
      if (told.kind !== 'HEARTBEAT') return told;
    }
  };
  return {
    ...stream,
    event,
    next,
    result: stream.next,
    async snapshot(size = 50) {
      const events = [await next()];
      while (events.length < size) events.push(await next());
      return events;
    },
  };
}
