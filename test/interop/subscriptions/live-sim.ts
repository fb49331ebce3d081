import { expect } from 'vitest';
import type { SessionEventsSubscription } from '../../graphql/graphql.js';
import type { LiveGateway } from '../../live/gateway.js';

type SessionEvent = SessionEventsSubscription['dataSessionEvents'];

const END = '2026-11-24T12:00:00.000Z';

/** A SIM with two sessions that have ended, and what happens to it: the gateway has polled it after each change. */
export class LiveSim {
  readonly sid: string;
  readonly #live: LiveGateway;

  constructor(live: LiveGateway) {
    this.#live = live;
    this.sid = String(live.sandbox.addSim().sid);
    live.sandbox.insertAtHead(this.sid, 2);
  }

  /** SIDs of the sessions, the newest first. */
  get sessions(): readonly string[] {
    return this.#live.sandbox.sessions(this.sid).map(({ sid }) => String(sid));
  }

  /** A session starts, while the gateway does not poll. */
  startUnseen(): void {
    this.#live.sandbox.insertAtHead(this.sid, 1);
    this.#live.sandbox.updateSession(this.sid, 0, { end: null, packets_uploaded: 1 });
  }

  /** A session starts. */
  start(): Promise<void> {
    this.startUnseen();
    return this.#live.poll();
  }

  /** The session that has started last sends packets. */
  send(packets: number): Promise<void> {
    return this.#change({ packets_uploaded: packets });
  }

  /** It ends. */
  end(): Promise<void> {
    return this.#change({ end: END });
  }

  #change(members: Record<string, unknown>): Promise<void> {
    this.#live.sandbox.updateSession(this.sid, 0, members);
    return this.#live.poll();
  }
}

/** Resolves with the next event that a client delivers. */
type NextEvent = () => Promise<SessionEvent>;

/** Kind, session, packets and end of the next event. */
async function told(next: NextEvent): Promise<unknown[]> {
  const { kind, edge } = await next();
  return [kind, edge?.node.sid, edge?.node.packetsUploaded, edge?.node.end];
}

/** Expects a client to deliver a snapshot of the two sessions, the newest one last. */
export async function expectSnapshot(sim: LiveSim, next: NextEvent): Promise<void> {
  const [newest, oldest] = sim.sessions;
  const any = expect.anything();
  expect([await told(next), await told(next)]).toEqual([
    ['SNAPSHOT', oldest, any, any],
    ['SNAPSHOT', newest, any, any],
  ]);
}

/** Expects a client to deliver a snapshot, and then each event of a session that starts, sends packets and ends. */
export async function expectSession(sim: LiveSim, next: NextEvent): Promise<void> {
  await expectSnapshot(sim, next);
  await sim.start();
  const [started] = sim.sessions;
  expect(await told(next)).toEqual(['STARTED', started, 1, null]);
  await sim.send(987);
  expect(await told(next)).toEqual(['UPDATED', started, 987, null]);
  await sim.end();
  expect(await told(next)).toEqual(['ENDED', started, 987, END]);
}

/** Resolves when the gateway polls no more. It must have polled. */
export function pollsEnded({ clock }: LiveGateway): Promise<void> {
  return clock.disarmed(0, 9000);
}

/** Expects the gateway to poll no more. It must have polled. */
export async function expectNoPoller(live: LiveGateway): Promise<void> {
  await pollsEnded(live);
  expect(await live.metric('gateway_live_pollers')).toBe(0);
}
